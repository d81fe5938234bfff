"""Is this machine fit to run: a point, or an office."""
