"""Tests of `intake.read`."""
