"""Filled forms without a pen: artificial people, a filler and a software scanner, for `forms test` and the demo.

Promises: no real person can be meant (individual numbers 900-999 are never issued); the same seed gives the same
pixels; no font has to be installed.
"""

from intake.trial.filling import PRINT, Hand, fill, scan_pdf, scanned
from intake.trial.people import Person, person
from intake.trial.samples import Sample, readings, sample, value_for

__all__ = [
    "PRINT", "Hand", "Person", "Sample", "fill", "person", "readings", "sample", "scan_pdf", "scanned",
    "value_for",
]  # fmt: skip
