"""Tests of `intake.recognise`."""
