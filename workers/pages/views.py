"""Turns what the ledger knows into what the page shows, in one language."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from intake.base.filing import Document, Finding
from intake.base.states import State
from workers.ledger.people import SENT_BY_POST
from workers.pages.entries import DECIDABLE, Decided, DeskEntry
from workers.pages.labels import ENDED, IN_WORK, SENT, colour_of, day_time, part_of, title_of, who_of
from workers.pages.spots import PageView, box_of, page_views
from workers.pages.values import said_of
from workers.pages.words import words


@dataclass(frozen=True, slots=True)
class GapView:
    """A finding as the page prints it."""

    label: str
    text: str
    blocks: bool
    read: str = ""
    """What was read there, where that is said to be wrong."""
    field: str = ""
    """The field that a person may say is filled after all."""


@dataclass(frozen=True, slots=True)
class ValueView:
    """A value as the page prints it, and where it stands on which page, in per cent."""

    key: str
    label: str
    text: str
    doubtful: bool
    by_person: bool
    page: int
    box: str


@dataclass(frozen=True, slots=True)
class PairView:
    """Another filing that belongs to this one, or may, and what can be done about it."""

    filing: str
    text: str
    action: str = ""
    button: str = ""
    likely: bool = False
    """Likely enough for one key, if it is the only such pair."""
    recipient: str = ""
    """Where the filing shown is sent by it."""


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
    who: str = ""
    """Whose it is, or that the name was not read; empty for what is no form."""
    scanner: str = ""
    part: str = ""
    """`2 of 2 of the same hand-over`."""
    blocking: int = 0
    """How many gaps keep it from being complete."""
    why: tuple[str, ...] = ()
    """Why it stands where it stands, in sentences."""
    again: str = ""
    """That the same bytes came in once more."""
    by_post: bool = False
    """The paper itself goes by post, and needs its cover sheet."""
    note: str = ""
    """What the authority wrote when it returned the filing."""
    people: tuple[dict[str, str], ...] = ()
    """Who decided what."""
    chosen: bool = False
    """A person chose the recipient before."""
    picker: str = ""
    """How the recipient is asked for: `must` be chosen, `may` be, or `other` for one that the rules know."""
    gaps: tuple[GapView, ...] = ()
    why_on_paper: str = ""
    asks_why: bool = False
    """A matter that came on paper and is not over: why is asked once, and need not be answered."""
    values: tuple[ValueView, ...] = ()
    reading: bool = False
    """The rest of the values is still to be read."""
    editable: bool = False
    """A person may put right what was read."""
    same_face: tuple[str, ...] = ()
    eservice: object = None
    contact: str = ""
    """How the customer reaches the recipient."""
    pages: tuple[PageView, ...] = ()
    identity: str = "none"
    """How it was checked, as said before."""
    asks_identity: bool = False
    """Somebody must say how the identity was checked before it goes."""
    actions: tuple[str, ...] = ()
    can_undo: bool = False
    undo_left: int = 0
    """For how many seconds more the sending can be taken back for sure."""
    receipt: str = ""
    """The customer's sheet: `sent`, a receipt, or `kept`, that the paper waits here."""
    notes: tuple[str, ...] = ()
    pairs: tuple[PairView, ...] = ()
    events: list[dict[str, str]] = field(default_factory=list)


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
    if entry.form_by_person:
        return t["explain_named"]
    return t[f"explain_{entry.verdict}"]


def why(entry: DeskEntry, language: str) -> tuple[str, ...]:
    """The reason why a filing stands where it stands; a waiting paper's reasons are its verdict and gaps."""
    if entry.state is State.WAITING and entry.reason not in {"parted", "identity_asked"}:
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
    return "other" if entry.state is State.WAITING and not entry.form_by_person else "may"


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
        who=who_of(entry, language),
        scanner=entry.scanner,
        part=part_of(entry, language),
        blocking=sum(finding.blocks for finding in findings) if colour_of(entry) == "incomplete" else 0,
        at=day_time(entry.handed_over, now),
        state=t["state_new" if entry.state in IN_WORK else f"state_{entry.state.value}"],
        colour=colour_of(entry),
        verdict=t[f"verdict_{colour_of(entry)}"],
        explain=explain(entry, language),
        destination=entry.recipient.in_language(language) if entry.recipient else "",
        why=why(entry, language),
        again=t["came_again"].format(at=day_time(entry.again, now)) if entry.again else "",
        by_post=entry.state is State.HELD and entry.reason == SENT_BY_POST,
        note=entry.note or "",
        people=tuple(_decided(decided, now, language) for decided in entry.people if decided.advisor),
        chosen=entry.chosen,
        picker=picker_of(entry),
        gaps=tuple(_gap(finding, document, language) for finding in findings),
        values=tuple(_values(entry, language)),
        reading=entry.reading,
        why_on_paper=entry.why_on_paper,
        asks_why=entry.kind == "form" and entry.state not in IN_WORK,
        editable=entry.state in DECIDABLE,
        same_face=tuple(f"{form.form} {form.edition} {form.language}" for form in document.same_face)
        if document
        else (),
        eservice=document.eservice if document else None,
        contact=entry.contact,
        pages=tuple(page_views(entry, findings)),
        identity=entry.identity or "none",
        asks_identity=entry.asks_identity,
        actions=actions_of(entry),
        can_undo=entry.can_undo,
        undo_left=round(entry.undo_left),
        receipt="sent" if entry.state in SENT else "kept" if entry.state in DECIDABLE else "",
        notes=tuple(note.in_language(language) for note in entry.notes),
        pairs=tuple(_pairs(entry, language, now)),
        events=[{"at": day_time(at, now), "state": t[f"state_{state.value}"]} for at, state in entry.moves],
    )


def _decided(decided: Decided, now: datetime, language: str) -> dict[str, str]:
    did = decided.code if decided.code in {"form", "no_form"} else decided.what
    return {
        "at": day_time(decided.at, now), "what": words(language)[f"did_{did}"], "advisor": decided.advisor,
        "reason": decided.reason, "contact": decided.contact,
    }  # fmt: skip


def _pairs(entry: DeskEntry, language: str, now: datetime) -> Iterator[PairView]:
    """The filings joined to this one, the likely scans of the same paper, and those it may be an attachment of."""
    t = words(language)

    def name(other: DeskEntry) -> str:
        named = " · ".join(part for part in (other.who, title_of(other, language)) if part)
        return f"{named} {day_time(other.handed_over, now)} ({other.id})"

    if entry.joined_to:
        yield PairView(entry.joined_to, t["goes_on_as"].format(code=entry.joined_to))
    for other in entry.joined:
        said = t["joined_attachment" if other.reason == "attachment" else "joined_rescan"].format(name=name(other))
        yield PairView(other.id, said, "part", t["part"])
    if entry.belongs is not None:
        unit = entry.belongs.name.in_language(language)
        yield PairView("", t["belongs_to"].format(unit=unit), "release", t["send_to"].format(unit=unit), likely=True,
                       recipient=entry.belongs.value)  # fmt: skip
    for other in entry.likely_same:
        earlier = other.handed_over <= entry.handed_over and other.state in DECIDABLE and entry.state not in ENDED
        later = not earlier and other.state not in ENDED and entry.state in DECIDABLE
        action, button = ("replace", t["replace"]) if earlier else ("replaced", t["replaced"]) if later else ("", "")
        yield PairView(other.id, f"{t['same_paper']} {name(other)}", action, button, likely=earlier or later)
    for other in entry.targets:
        back = other.id == entry.taken_from
        said = t["taken_from" if back else "may_belong" if other.lacks_attachment else "other_form"]
        button = t["put_back" if back else "attach"]
        yield PairView(other.id, said.format(name=name(other)), "attach", button, likely=back or other.lacks_attachment)


def _values(entry: DeskEntry, language: str) -> Iterator[ValueView]:
    form_page = {page.source_page: page.form_page or 0 for document in entry.documents[:1] for page in document.pages}
    for value in entry.values:
        size = entry.page_sizes_mm.get(form_page.get(value.page, 0))
        label = value.labels.get(language) or value.labels.get(entry.language or "fi") or value.key
        box = box_of(value.box_mm, size) if size else ""
        yield ValueView(value.key, label, value.text, value.doubtful, value.by_person, value.page, box)


_NOT_SEEN = {"missing", "unclear"}


def _gap(finding: Finding, document: Document | None, language: str) -> GapView:
    t = words(language)
    field = finding.field if finding.code in _NOT_SEEN and finding.field and document else None
    known = document is not None and field in document.fields
    kind = finding.code.removesuffix("_page").removesuffix("_attachment")
    label = t.get(f"gap_{kind}", t["advice"]) if finding.blocks else t["advice"]
    read = said_of(finding, document) if document else ""
    return GapView(label, finding.text.in_language(language), finding.blocks, read, field if field and known else "")


def actions_of(entry: DeskEntry) -> tuple[str, ...]:
    """The decisions that an advisor may take now."""
    if entry.state is State.WAITING:
        return ("release", "hold", "destroy", "post")
    if entry.state in DECIDABLE:
        return ("release", "destroy", "post")
    if entry.state is State.JOINED:
        return ("part",)
    return ("hold",) if entry.can_undo else ()
