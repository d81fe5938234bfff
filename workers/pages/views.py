"""Turns what the ledger knows into what the page shows, in one language."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from intake.base.filing import Finding
from intake.base.states import State
from workers.pages.entries import Decided, DeskEntry, DeskList, RefusedEntry
from workers.pages.sheets import HELSINKI
from workers.pages.spots import PageView, page_views
from workers.pages.words import words

IN_WORK = {State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ}
SENT = {State.READY, State.ROUTED, State.SEALED, State.DELIVERED, State.CONFIRMED}
DECIDABLE = {State.WAITING, State.HELD, State.RETURNED}
ENDED = {State.JOINED, State.PURGED}
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class GapView:
    """A finding as the page prints it."""

    label: str
    text: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class PairView:
    """Another filing that belongs to this one, or may, and what can be done about it."""

    filing: str
    text: str
    action: str = ""
    button: str = ""
    likely: bool = False
    """Likely enough for one key, if it is the only such pair."""


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
    pairs: tuple[PairView, ...] = ()
    events: list[dict[str, str]] = field(default_factory=list)


def day_time(moment: datetime, now: datetime) -> str:
    """The time of day in Finland, as on paper; with the day and month if that is not today."""
    local, today = _local(moment), _local(now)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local.day}.{local.month}. {local:%H:%M}"


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(HELSINKI)


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
    return {"open": open_rows, "rows": rows, "arriving": listed.arriving, "more": listed.more}


def _filing_row(entry: DeskEntry, now: datetime, newest: DeskEntry | None, language: str) -> dict[str, object]:
    t = words(language)
    stopped = entry.state in {State.HELD, State.RETURNED}
    gaps = sum(finding.blocks for document in entry.documents[:1] for finding in document.findings)
    return {
        "filing": entry.id,
        "newest": entry is newest,
        "colour": colour_of(entry),
        "title": title_of(entry, language),
        "who": who_of(entry, language),
        "scanner": entry.scanner,
        "part": part_of(entry, language),
        "at": day_time(entry.handed_over, now),
        "age": age(entry.since, now, language) if entry.state in DECIDABLE else "",
        "why": entry.why.in_language(language) if entry.why and stopped else "",
        "verdict": "" if entry.state in ENDED else t[f"verdict_{colour_of(entry)}"],
        "gaps": 0 if stopped else gaps,
        "state": "" if entry.state in DECIDABLE else t[f"state_{entry.state.value}"],
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


def who_of(entry: DeskEntry, language: str) -> str:
    """Whose form it is, or that its name was not read; nothing for what is no form, or is not read yet."""
    if entry.kind != "form" or entry.state in IN_WORK or entry.state is State.PURGED:
        return ""
    return entry.who or words(language)["no_name"]


def part_of(entry: DeskEntry, language: str) -> str:
    """Its place among the filings of one hand-over, if there are several."""
    number, of = entry.part
    return words(language)["part_of"].format(n=number, of=of) if of > 1 else ""


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
        who=who_of(entry, language),
        scanner=entry.scanner,
        part=part_of(entry, language),
        blocking=sum(finding.blocks for finding in findings) if colour_of(entry) == "incomplete" else 0,
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
        pages=tuple(page_views(entry, findings)),
        actions=actions_of(entry),
        can_undo=entry.can_undo,
        receipt=entry.state in SENT,
        notes=tuple(note.in_language(language) for note in entry.notes),
        pairs=tuple(_pairs(entry, language, now)),
        events=[{"at": day_time(at, now), "state": t[f"state_{state.value}"]} for at, state in entry.moves],
    )


def _decided(one: Decided, now: datetime, language: str) -> dict[str, str]:
    return {
        "at": day_time(one.at, now), "what": words(language)[f"did_{one.what}"], "advisor": one.advisor,
        "reason": one.reason, "contact": one.contact,
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
    for other in entry.likely_same:
        earlier = other.handed_over <= entry.handed_over and other.state in DECIDABLE and entry.state not in ENDED
        action, button = ("replace", t["replace"]) if earlier else ("", "")
        yield PairView(other.id, f"{t['same_paper']} {name(other)}", action, button, likely=earlier)
    for other in entry.targets:
        said = t["may_belong" if other.lacks_attachment else "other_form"].format(name=name(other))
        yield PairView(other.id, said, "attach", t["attach"], likely=other.lacks_attachment)


def _gap(finding: Finding, language: str) -> GapView:
    t = words(language)
    kind = finding.code.removesuffix("_page").removesuffix("_attachment")
    label = t.get(f"gap_{kind}", t["advice"]) if finding.blocks else t["advice"]
    return GapView(label, finding.text.in_language(language), finding.blocks)


def actions_of(entry: DeskEntry) -> tuple[str, ...]:
    """The decisions that an advisor may take now."""
    if entry.state is State.WAITING:
        return ("release", "hold", "destroy")
    if entry.state in DECIDABLE:
        return ("release", "destroy")
    if entry.state is State.JOINED:
        return ("part",)
    return ("hold",) if entry.can_undo else ()
