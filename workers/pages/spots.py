"""The places of gaps on the page pictures, in per cent of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from intake.base.filing import Box, Document, FieldPlace, Finding
from workers.pages.entries import DeskEntry

_SPOT_MARGIN_MM = 1.0


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of a gap on a page picture, in per cent of its size."""

    gap: int
    blocks: bool
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageView:
    """One page picture with its spots."""

    number: int
    blank: bool
    of_form: bool
    """It lies as on the form: neither order nor turn is a person's."""
    turn: int
    cut_out: bool
    """It was cut out of a picture with several sheets."""
    spots: tuple[Spot, ...]


def page_views(entry: DeskEntry, findings: Sequence[Finding]) -> list[PageView]:
    """The pages in the order of the scan, or a person's, each with the places of its findings."""
    views = [PageView(page, blank=False, of_form=True, turn=0, cut_out=False, spots=()) for page in entry.unread]
    for document in entry.documents:
        for page in document.pages:
            size = entry.page_sizes_mm.get(page.form_page or 0)
            spots = _spots(document, findings, page.source_page, size) if size else ()
            number, turn = page.source_page, entry.turns.get(page.source_page, 0)
            views.append(PageView(number, page.blank, bool(size), turn, number in entry.cut_out, spots))
    place = {page: number for number, page in enumerate(entry.order)}
    return sorted(views, key=lambda view: (place.get(view.number, len(place)), view.number))


def _spots(
    document: Document, findings: Sequence[Finding], page: int, size_mm: tuple[float, float]
) -> tuple[Spot, ...]:
    found = []
    for number, finding in enumerate(findings, start=1):
        reading = document.fields.get(finding.field or "")
        for place in reading.places if reading else ():
            if place.page == page:
                found.append(_spot(number, finding.blocks, place, size_mm))
    return tuple(found)


def box_of(box_mm: Box, size_mm: tuple[float, float]) -> str:
    """Left, top, width and height of a place in per cent of its page."""
    spot = _spot(0, False, FieldPlace(page=1, box_mm=box_mm), size_mm)
    return f"{spot.left} {spot.top} {spot.width} {spot.height}"


def _spot(gap: int, blocks: bool, place: FieldPlace, size_mm: tuple[float, float]) -> Spot:
    width, height = size_mm
    x0, y0, x1, y1 = place.box_mm
    m = _SPOT_MARGIN_MM
    return Spot(
        gap=gap,
        blocks=blocks,
        left=round(100 * (x0 - m) / width, 2),
        top=round(100 * (y0 - m) / height, 2),
        width=round(100 * (x1 - x0 + 2 * m) / width, 2),
        height=round(100 * (y1 - y0 + 2 * m) / height, 2),
    )
