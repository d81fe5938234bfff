"""Do the work and hand it over: the journey of a scan, sealing, delivery, the back office."""
