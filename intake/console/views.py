"""What the page shows, made from what the ledger knows, in one language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from intake.console.entries import DeskEntry, DeskList, RefusedEntry
from intake.console.words import words
from intake.filing import Document, FieldPlace, Finding
from intake.states import State

IN_WORK = {State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ}
SENT = {State.READY, State.ROUTED, State.SEALED, State.DELIVERED, State.CONFIRMED}
DECIDABLE = {State.WAITING, State.HELD, State.RETURNED}
_SPOT_MARGIN_MM = 1.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a gap lies on a page picture, in per cent of its size."""

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
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class GapView:
    """A finding as the page prints it."""

    label: str
    text: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class FilingView:
    """All of the detail page."""

    id: str
    version: int
    title: str
    at: str
    state: str
    colour: str
    verdict: str
    explain: str
    destination: str
    gaps: tuple[GapView, ...] = ()
    same_face: tuple[str, ...] = ()
    eservice: object = None
    pages: tuple[PageView, ...] = ()
    actions: tuple[str, ...] = ()
    can_undo: bool = False
    receipt: bool = False
    notes: tuple[str, ...] = ()
    events: list[dict[str, str]] = field(default_factory=list)


def clock_time(moment: datetime) -> str:
    """Hours, minutes and seconds in the point's own time."""
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone().strftime("%H:%M:%S")


def list_rows(listed: DeskList, language: str) -> dict[str, object]:
    """The list's rows, newest first, and files still arriving."""
    entries = [(entry.handed_over, _filing_row(entry, language)) for entry in listed.filings]
    entries += [(one.at, _refused_row(one, language)) for one in listed.refused]
    rows = [row for _, row in sorted(entries, key=lambda pair: pair[0], reverse=True)]
    return {"rows": rows, "arriving": listed.arriving}


def _filing_row(entry: DeskEntry, language: str) -> dict[str, object]:
    t = words(language)
    return {
        "filing": entry.id,
        "colour": colour_of(entry),
        "title": title_of(entry, language),
        "at": clock_time(entry.handed_over),
        "verdict": t[f"verdict_{colour_of(entry)}"],
        "gaps": sum(finding.blocks for document in entry.documents[:1] for finding in document.findings),
        "state": t[f"state_{entry.state.value}"],
    }


def _refused_row(one: RefusedEntry, language: str) -> dict[str, object]:
    return {"filing": None, "colour": "refused", "at": clock_time(one.at), "scanner": one.scanner,
            "text": one.text.in_language(language)}  # fmt: skip


def colour_of(entry: DeskEntry) -> str:
    """`working` until judged, then the verdict."""
    return "working" if entry.state in IN_WORK or entry.verdict is None else entry.verdict


def title_of(entry: DeskEntry, language: str) -> str:
    """The form's title, or what kind of paper it is."""
    titles = entry.titles
    if titles:
        return titles.get(language) or titles.get("fi") or next(iter(titles.values()))
    return entry.form or words(language)[f"kind_{entry.kind or 'unknown'}"]


def explain(entry: DeskEntry, language: str) -> str:
    """One sentence on what to do now."""
    if entry.damaged:
        return words(language)["explain_damaged"]
    if colour_of(entry) == "working":
        return ""
    if entry.kind != "form":
        return words(language)["explain_unknown"]
    return words(language)[f"explain_{entry.verdict}"]


def filing_view(entry: DeskEntry, language: str) -> FilingView:
    """The detail page of one filing."""
    t = words(language)
    findings = sorted(
        (finding for document in entry.documents for finding in document.findings), key=lambda f: not f.blocks
    )
    document = entry.documents[0] if entry.documents else None
    return FilingView(
        id=entry.id,
        version=entry.version,
        title=title_of(entry, language),
        at=clock_time(entry.handed_over),
        state=t[f"state_{entry.state.value}"],
        colour=colour_of(entry),
        verdict=t[f"verdict_{colour_of(entry)}"],
        explain=explain(entry, language),
        destination=" / ".join(part for part in (entry.provider, entry.unit) if part),
        gaps=tuple(_gap(finding, language) for finding in findings),
        same_face=tuple(f"{one.form} {one.edition} {one.language}" for one in document.same_face) if document else (),
        eservice=document.eservice if document else None,
        pages=tuple(_page_views(entry, findings)),
        actions=actions_of(entry),
        can_undo=entry.can_undo,
        receipt=entry.state in SENT,
        notes=(
            *(f"{t['same_paper']} {code}." for code in entry.likely_same),
            *(note.in_language(language) for note in entry.notes),
        ),
        events=[{"at": clock_time(at), "state": t[f"state_{state.value}"]} for at, state in entry.moves],
    )


def _gap(finding: Finding, language: str) -> GapView:
    t = words(language)
    kind = finding.code.removesuffix("_page").removesuffix("_attachment")
    label = t.get(f"gap_{kind}", t["advice"]) if finding.blocks else t["advice"]
    return GapView(label, finding.text.in_language(language), finding.blocks)


def actions_of(entry: DeskEntry) -> tuple[str, ...]:
    """What an advisor may decide now."""
    if entry.state is State.WAITING:
        return ("release", "hold")
    if entry.state in DECIDABLE:
        return ("release",)
    return ("hold",) if entry.can_undo else ()


def _page_views(entry: DeskEntry, findings: Sequence[Finding]) -> list[PageView]:
    views = []
    for document in entry.documents:
        for page in document.pages:
            size = entry.page_sizes_mm.get(page.form_page or 0)
            spots = _spots(document, findings, page.source_page, size) if size else ()
            views.append(PageView(page.source_page, page.blank, spots))
    return sorted(views, key=lambda view: view.number)


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
