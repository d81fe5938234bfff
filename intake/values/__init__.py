"""Reads the values of filled fields from their pixels, checks them, and hands them to a person where in doubt."""

from intake.values.read import ValueReader, ValueReading

__all__ = ["ValueReader", "ValueReading"]
