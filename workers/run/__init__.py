"""Runs a point: opens its parts after the settings, starts its threads, and ends cleanly."""
