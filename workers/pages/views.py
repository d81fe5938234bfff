"""Turns what the ledger knows into what the page shows, in one language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from intake.base.filing import Document, FieldPlace, Finding
from intake.base.states import State
from workers.pages.entries import Decided, DeskEntry, DeskList, RefusedEntry
from workers.pages.words import words

IN_WORK = {State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ}
SENT = {State.READY, State.ROUTED, State.SEALED, State.DELIVERED, State.CONFIRMED}
DECIDABLE = {State.WAITING, State.HELD, State.RETURNED}
ENDED = {State.JOINED, State.PURGED}
MINUTE, HOUR, DAY = 60, 3600, 86_400
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
    why: tuple[str, ...] = ()
    """Why it stands where it stands, in sentences."""
    note: str = ""
    """What the authority wrote when it returned the filing."""
    people: tuple[dict[str, str], ...] = ()
    """Who decided what."""
    chosen: bool = False
    """A person chose the recipient before."""
    picker: str = ""
    """How the recipient is asked for: `must` be chosen, `may` be, or `other` for one that the rules know."""
    gaps: tuple[GapView, ...] = ()
    same_face: tuple[str, ...] = ()
    eservice: object = None
    pages: tuple[PageView, ...] = ()
    actions: tuple[str, ...] = ()
    can_undo: bool = False
    receipt: bool = False
    notes: tuple[str, ...] = ()
    events: list[dict[str, str]] = field(default_factory=list)


def day_time(moment: datetime, now: datetime) -> str:
    """The time of day at the point; with the day and month if that is not today."""
    local, today = _local(moment), _local(now)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local.day}.{local.month}. {local:%H:%M}"


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone()


def age(since: datetime, now: datetime, language: str) -> str:
    """The age in words, such as `3 days`."""
    t, seconds = words(language), max(0, int((now - since).total_seconds()))
    if seconds < MINUTE:
        return t["age_now"]
    if seconds < HOUR:
        return t["age_minutes"].format(n=seconds // MINUTE)
    unit, count = ("day", seconds // DAY) if seconds >= DAY else ("hour", seconds // HOUR)
    return t[f"age_{unit}" if count == 1 else f"age_{unit}s"].format(n=count)


def list_rows(listed: DeskList, language: str, now: datetime) -> dict[str, object]:
    """The rows that wait for a person, the newest others, and files still arriving."""
    everything = (*listed.open, *listed.others)
    newest = max(everything, key=lambda entry: entry.handed_over, default=None)
    others = [(one.handed_over, _filing_row(one, now, newest, language)) for one in listed.others]
    others += [(one.at, _refused_row(one, now, language)) for one in listed.refused]
    rows = [row for _, row in sorted(others, key=lambda pair: pair[0], reverse=True)]
    open_rows = [_filing_row(one, now, newest, language) for one in listed.open]
    return {"open": open_rows, "rows": rows, "arriving": listed.arriving}


def _filing_row(entry: DeskEntry, now: datetime, newest: DeskEntry | None, language: str) -> dict[str, object]:
    t = words(language)
    stopped = entry.state in {State.HELD, State.RETURNED}
    gaps = sum(finding.blocks for document in entry.documents[:1] for finding in document.findings)
    return {
        "filing": entry.id,
        "newest": entry is newest,
        "colour": colour_of(entry),
        "title": title_of(entry, language),
        "at": day_time(entry.handed_over, now),
        "age": age(entry.since, now, language) if entry.state in DECIDABLE else "",
        "why": entry.why.in_language(language) if entry.why and stopped else "",
        "verdict": "" if entry.state in ENDED else t[f"verdict_{colour_of(entry)}"],
        "gaps": 0 if stopped else gaps,
        "state": "" if stopped else t[f"state_{entry.state.value}"],
    }


def _refused_row(one: RefusedEntry, now: datetime, language: str) -> dict[str, object]:
    return {"filing": None, "colour": "refused", "at": day_time(one.at, now), "scanner": one.scanner,
            "text": one.text.in_language(language)}  # fmt: skip


def colour_of(entry: DeskEntry) -> str:
    """`held` and `returned` whatever the verdict, `working` until judged, `ended`, else the verdict."""
    if entry.state in {State.HELD, State.RETURNED}:
        return entry.state.value
    if entry.state in ENDED:
        return "ended"
    return "working" if entry.state in IN_WORK or entry.verdict is None else entry.verdict


def title_of(entry: DeskEntry, language: str) -> str:
    """The form's title, or what kind of paper it is."""
    titles = entry.titles
    if titles:
        return titles.get(language) or titles.get("fi") or next(iter(titles.values()))
    return entry.form or words(language)[f"kind_{entry.kind or 'new'}"]


def explain(entry: DeskEntry, language: str) -> str:
    """One sentence on what to do now."""
    t, colour = words(language), colour_of(entry)
    if entry.damaged:
        return t["explain_damaged"]
    if entry.state in SENT:
        return t["explain_confirmed" if entry.state is State.CONFIRMED else "explain_sent"]
    if colour in {"working", "held", "returned", "ended"}:
        return ""
    if entry.kind != "form":
        return t["explain_unknown"]
    return t[f"explain_{entry.verdict}"]


def why(entry: DeskEntry, language: str) -> tuple[str, ...]:
    """The reason why a filing stands where it stands; a waiting paper's reasons are its verdict and gaps."""
    if entry.state is State.WAITING and entry.reason != "parted":
        return ()
    said = [text.in_language(language) for text in (entry.why, entry.sentence) if text]
    return tuple(dict.fromkeys(said))


def picker_of(entry: DeskEntry) -> str:
    """The choice of recipients."""
    if entry.state not in DECIDABLE:
        return ""
    known = entry.kind == "form" and entry.reason != "no_route"
    if not known and not entry.chosen:
        return "must"
    return "other" if entry.state is State.WAITING else "may"


def filing_view(entry: DeskEntry, language: str, now: datetime) -> FilingView:
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
        at=day_time(entry.handed_over, now),
        state=t[f"state_{entry.state.value}"],
        colour=colour_of(entry),
        verdict=t[f"verdict_{colour_of(entry)}"],
        explain=explain(entry, language),
        destination=entry.recipient.in_language(language) if entry.recipient else "",
        why=why(entry, language),
        note=entry.note or "",
        people=tuple(_decided(one, now, language) for one in entry.people if one.advisor),
        chosen=entry.chosen,
        picker=picker_of(entry),
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
        events=[{"at": day_time(at, now), "state": t[f"state_{state.value}"]} for at, state in entry.moves],
    )


def _decided(one: Decided, now: datetime, language: str) -> dict[str, str]:
    return {
        "at": day_time(one.at, now), "what": words(language)[f"did_{one.what}"], "advisor": one.advisor,
        "reason": one.reason, "contact": one.contact,
    }  # fmt: skip


def _gap(finding: Finding, language: str) -> GapView:
    t = words(language)
    kind = finding.code.removesuffix("_page").removesuffix("_attachment")
    label = t.get(f"gap_{kind}", t["advice"]) if finding.blocks else t["advice"]
    return GapView(label, finding.text.in_language(language), finding.blocks)


def actions_of(entry: DeskEntry) -> tuple[str, ...]:
    """The decisions that an advisor may take now."""
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
