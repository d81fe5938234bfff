"""What a filled field says: read from its pixels, checked, and handed to a person where it is in doubt."""

from intake.values.read import ValueReader, ValueReading

__all__ = ["ValueReader", "ValueReading"]
