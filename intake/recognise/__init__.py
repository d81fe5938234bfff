"""Recognise: which known form each page of a scan is, and where it lies.

Promises: sheets that lie in one picture become pages of their own, or a person is asked; every page of the scan is in
exactly one run, in page order; a form is named only if its blank's print is on the page; what cannot be told apart is
said to be so (C-13); what is not ours is refused in bounded time (C-14).
"""

from typing import Literal

from intake.base.filing import PageReading
from intake.forms.model import Definition
from intake.jail.pixels import OpenedScan, PagePixels
from intake.recognise.apart import Looked, cut_apart, look
from intake.recognise.grouping import MatchedPage, gather
from intake.recognise.index import Index
from intake.recognise.page_match import Candidates, prepare
from intake.recognise.runs import DocumentRun, RegisteredPage, RunPage

__all__ = ["DocumentRun", "Index", "RegisteredPage", "RunPage", "alike", "cut_apart", "recognise"]

_TURNS: tuple[Literal[0, 90, 180, 270], ...] = (0, 90, 180, 270)


def recognise(opened: OpenedScan, index: Index) -> tuple[DocumentRun, ...]:
    """The runs of pages of a scan, in the order of their first pages."""
    return gather([_matched(number, look(page, index)) for number, page in enumerate(opened.pages, 1)], index)


def alike(page: PagePixels, index: Index) -> tuple[Definition, ...]:
    """The forms that a page resembles, the likeliest first: for a person to choose from, whatever is believed."""
    prepared = prepare(page)
    if prepared.blank or not index.faces:
        return ()
    faces = Candidates.of(prepared, index).likeliest_first()
    found = dict.fromkeys(form_page.definition for face in faces for form_page in index.form_pages[face])
    return tuple(index.definitions[number] for number in found)


def _matched(number: int, looked: Looked) -> MatchedPage:
    if looked.match is None:
        return MatchedPage(PageReading(source_page=number, blank=looked.blank), None)
    degrees = looked.match.placement.turn_degrees
    quarter = round(degrees / 90) % 4
    skew = (degrees - quarter * 90 + 180) % 360 - 180
    reading = PageReading(source_page=number, turned=_TURNS[quarter], skew_degrees=round(skew, 2))
    return MatchedPage(reading, looked.match, looked.crowded)
