"""Measuring, not testing: tables that people look at."""
