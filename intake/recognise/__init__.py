"""Recognise: which known form each page of a scan is, and where it lies.

Promises: sheets that lie in one picture become pages of their own, or a person is asked; every page of the scan is in
exactly one run, in page order; a form is named only if its blank's print is on the page; what cannot be told apart is
said to be so (C-13); what is not ours is refused in bounded time (C-14).
"""

from intake.recognise.apart import cut_apart
from intake.recognise.grouping import alike, recognise
from intake.recognise.index import Index
from intake.recognise.runs import DocumentRun, RegisteredPage, RunPage

__all__ = ["DocumentRun", "Index", "RegisteredPage", "RunPage", "alike", "cut_apart", "recognise"]
