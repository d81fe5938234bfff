"""Pages into documents, without separator sheets: each page is looked at, and joins the document it belongs to.

A page of a form joins the form it belongs to if that form still lacks it; a page that is there already begins a new
document of the same form, so pages of two people's forms never mix; where a page could belong to either of two copies,
both are marked as mixed. What is not a form's page is an attachment of the form before it. An empty back side goes with
the page in front of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from intake.base.filing import EditionName, Kind, PageReading
from intake.forms.model import Definition
from intake.jail.pixels import OpenedScan, PagePixels
from intake.recognise.apart import Looked, look
from intake.recognise.index import Index
from intake.recognise.page_match import Candidates, Match, prepare
from intake.recognise.runs import DocumentRun, RunPage

_TURNS: tuple[Literal[0, 90, 180, 270], ...] = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True, eq=False)
class MatchedPage:
    """One page of the scan and what was found on it; `match` None: nothing known."""

    reading: PageReading
    match: Match | None
    crowded: bool = False
    """See `RunPage`."""


@dataclass(slots=True)
class _Run:
    kind: Kind
    attached_to: int | None = None
    pages: list[MatchedPage] = field(default_factory=list)
    candidates: set[int] = field(default_factory=set)
    """Definitions that all pages so far fit."""
    mixed: bool = False


def recognise(opened: OpenedScan, index: Index) -> tuple[DocumentRun, ...]:
    """The runs of pages of a scan, in the order of their first pages.

    Sheets that lie turned in one picture may have to be read from its other end: where that makes other documents of
    them, nobody can tell whose page it is, and these are marked as mixed.
    """
    pages = [_page_with(number, look(page, index)) for number, page in enumerate(opened.pages, 1)]
    runs = gather(pages, index)
    for order in _other_orders(pages, opened.pictures):
        again = gather(order, index)
        sure = {_spots(again, number) for number, run in enumerate(again) if not run.mixed}
        runs = tuple(
            replace(run, mixed=run.mixed or (run.kind is Kind.FORM and _spots(runs, number) not in sure))
            for number, run in enumerate(runs)
        )
    return runs


def _other_orders(pages: Sequence[MatchedPage], pictures: Sequence[int]) -> list[list[MatchedPage]]:
    """The pages with the sheets of one picture the other way round, if some lie turned in it; and of all of these."""
    found: dict[int, list[int]] = {}
    for place, picture in enumerate(pictures):
        found.setdefault(picture, []).append(place)
    turned = [places for places in found.values() if places[1:] and any(pages[at].reading.turned for at in places)]
    orders = []
    for chosen in [turned, *([places] for places in turned if turned[1:])] if turned else []:
        order = list(pages)
        for places in chosen:
            order[places[0] : places[-1] + 1] = [pages[at] for at in reversed(places)]
        orders.append(order)
    return orders


def _spots(runs: Sequence[DocumentRun], number: int) -> frozenset[tuple[int, int | None]]:
    """The scan's page and the form's of all that a document and its attachments have."""
    pages = [page for at, run in enumerate(runs) if number in (at, run.attached_to) for page in run.pages]
    return frozenset((page.reading.source_page, page.reading.form_page) for page in pages)


def alike(page: PagePixels, index: Index) -> tuple[Definition, ...]:
    """The forms that a page resembles, the likeliest first: for a person to choose from, whatever is believed."""
    prepared = prepare(page)
    if prepared.blank or not index.faces:
        return ()
    faces = Candidates.of(prepared, index).likeliest_first()
    found = dict.fromkeys(form_page.definition for face in faces for form_page in index.form_pages[face])
    return tuple(index.definitions[number] for number in found)


def _page_with(number: int, looked: Looked) -> MatchedPage:
    if looked.match is None:
        return MatchedPage(PageReading(source_page=number, blank=looked.blank), None)
    degrees = looked.match.placement.turn_degrees
    quarter = round(degrees / 90) % 4
    skew = (degrees - quarter * 90 + 180) % 360 - 180
    reading = PageReading(source_page=number, turned=_TURNS[quarter], skew_degrees=round(skew, 2))
    return MatchedPage(reading, looked.match, looked.crowded)


def gather(pages: Sequence[MatchedPage], index: Index) -> tuple[DocumentRun, ...]:
    """Runs of pages in the order of their first pages; every page is in exactly one."""
    runs: list[_Run] = []
    current: int | None = None
    for page in pages:
        current = _not_a_form(runs, current, page) if page.match is None else _a_form(runs, page, index)
    _mark_torn(runs, index)
    return tuple(_seen(run, index) for run in runs)


def _not_a_form(runs: list[_Run], current: int | None, page: MatchedPage) -> int:
    if current is not None and (page.reading.blank or runs[current].kind is not Kind.FORM):
        runs[current].pages.append(page)
        return current
    form = next((n for n in range(len(runs) - 1, -1, -1) if runs[n].kind is Kind.FORM), None)
    runs.append(_Run(Kind.UNKNOWN if form is None else Kind.ATTACHMENT, form, [page]))
    return len(runs) - 1


def _a_form(runs: list[_Run], page: MatchedPage, index: Index) -> int:
    fitting = {}
    for number, run in enumerate(runs):
        if run.kind is Kind.FORM and (fits := _fits(run, page, index)):
            fitting[number] = fits
    if not fitting:  # the documents of this form have this page already: a new one begins
        runs.append(_Run(Kind.FORM, None, [page], set(options_of(page, index))))
        return len(runs) - 1
    if len(fitting) > 1:  # 1, 1, 2, 2: whose second page is it?
        for number in fitting:
            runs[number].mixed = True
    latest = max(fitting)
    runs[latest].candidates = fitting[latest]
    runs[latest].pages.append(page)
    return latest


def _mark_torn(runs: Sequence[_Run], index: Index) -> None:
    """Mark what 2, 1, 2 leaves: the first page may belong to the one before it or to the one after."""
    forms = [run for run in runs if run.kind is Kind.FORM]
    for run in forms:
        numbers = _numbers(run, index)
        others = [other for other in forms if other is not run and other.candidates & run.candidates]
        if numbers != sorted(numbers):
            for other in others:
                if set(numbers) - set(_numbers(other, index)):
                    run.mixed = other.mixed = True


def _fits(run: _Run, page: MatchedPage, index: Index) -> set[int]:
    """Definitions that all pages of the run and this one fit."""
    options = options_of(page, index)
    return {d for d in run.candidates & set(options) if _assign([*_matched(run), page], d, index)}


def options_of(page: MatchedPage, index: Index) -> dict[int, list[int]]:
    """Definition to the form pages that this page can be."""
    options: dict[int, list[int]] = {}
    if page.match is not None:
        for face in (page.match.face, *page.match.alike):
            for spot in index.form_pages[face]:
                options.setdefault(spot.definition, []).append(spot.page)
    return options


def _matched(run: _Run) -> list[MatchedPage]:
    return [page for page in run.pages if page.match is not None]


def _assign(pages: Sequence[MatchedPage], definition: int, index: Index) -> list[int] | None:
    """A different form page for each page, or None; pages that look alike are taken in order."""
    taken: list[int] = []
    for page in pages:
        free = [p for p in sorted(options_of(page, index).get(definition, [])) if p not in taken]
        if not free:
            return None
        taken.append(free[0])
    return taken


def _numbers(run: _Run, index: Index) -> list[int]:
    """The form page that each matched page of the run is, in the newest of the forms that it fits."""
    return _assign(_matched(run), max(run.candidates, key=index.preference), index) or []


def _seen(run: _Run, index: Index) -> DocumentRun:
    if run.kind is not Kind.FORM:
        return DocumentRun(run.kind, tuple(RunPage(page.reading) for page in run.pages), run.attached_to)
    order = sorted(run.candidates, key=index.preference, reverse=True)
    numbers = iter(_numbers(run, index))
    pages = []
    for page in run.pages:
        if page.match is None:
            pages.append(RunPage(page.reading))
            continue
        number = next(numbers)
        pages.append(
            RunPage(page.reading.model_copy(update={"form_page": number}), page.match.registered, page.crowded)
        )
    confidence = min(page.match.confidence for page in run.pages if page.match is not None)
    definition = index.definitions[order[0]]
    others = [index.definitions[n] for n in order[1:]]
    same = tuple(EditionName(form=d.form, edition=d.edition, language=d.language) for d in others)
    return DocumentRun(Kind.FORM, tuple(pages), None, definition, same, confidence, run.mixed)
