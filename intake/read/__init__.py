"""Which fields carry ink: filled, empty or unclear."""
