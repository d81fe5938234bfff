"""Recognise: which known form each page of a scan is, and where it lies.

Promises: every page of the scan is in exactly one run, in page order; a form is named only if its blank's print is on
the page; what cannot be told apart is said to be so (C-13); what is not ours is refused in bounded time (C-14).
"""

from typing import Literal

from intake.base.filing import PageReading
from intake.forms.model import Definition
from intake.jail.pixels import OpenedScan, PagePixels
from intake.recognise.beside import holds_more
from intake.recognise.grouping import MatchedPage, gather
from intake.recognise.index import Index
from intake.recognise.page_match import Candidates, Match, match_page, prepare, truly_scaled
from intake.recognise.runs import DocumentRun, RegisteredPage, RunPage

__all__ = ["DocumentRun", "Index", "RegisteredPage", "RunPage", "alike", "recognise"]

_TURNS: tuple[Literal[0, 90, 180, 270], ...] = (0, 90, 180, 270)


def recognise(opened: OpenedScan, index: Index) -> tuple[DocumentRun, ...]:
    """The runs of pages of a scan, in the order of their first pages."""
    return gather([_look(number, page, index) for number, page in enumerate(opened.pages, 1)], index)


def alike(page: PagePixels, index: Index) -> tuple[Definition, ...]:
    """The forms that a page resembles, the likeliest first: for a person to choose from, whatever is believed."""
    prepared = prepare(page)
    if prepared.blank or not index.faces:
        return ()
    faces = Candidates.of(prepared, index).likeliest_first()
    found = dict.fromkeys(one.definition for face in faces for one in index.form_pages[face])
    return tuple(index.definitions[number] for number in found)


def _look(number: int, page: PagePixels, index: Index) -> MatchedPage:
    prepared = prepare(page)
    match = match_page(prepared, index)
    told_wrong = truly_scaled(match)
    if told_wrong is not None:  # the file's resolution was wrong: look again at the right one
        again = prepare(page, page.dpi * told_wrong)
        found = match_page(again, index)
        if found is not None:
            prepared, match = again, found
    crowded = match is not None and holds_more(prepared, match)
    return MatchedPage(_reading(number, prepared.blank, match), match, crowded)


def _reading(number: int, blank: bool, match: Match | None) -> PageReading:
    if match is None:
        return PageReading(source_page=number, blank=blank)
    degrees = match.placement.turn_degrees
    quarter = round(degrees / 90) % 4
    skew = (degrees - quarter * 90 + 180) % 360 - 180
    return PageReading(source_page=number, turned=_TURNS[quarter], skew_degrees=round(skew, 2))
