"""The page's contents in the reader's language: rows of the queue, a filing with its fields and places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from intake.base.clock import parse_iso
from intake.base.filing import FieldReading, FieldState
from intake.base.reasons import SENTENCES
from intake.base.texts import Language
from workers.access.words import sentences
from workers.backoffice.normal import corrected, normalised
from workers.deliver.ports import DeadLetter
from workers.office.queue import Load
from workers.office.schema import OPEN
from workers.office.shelf import Filing, Shelf
from workers.seal.manifest import Manifest, SealedPage

HERE = Path(__file__).parent
FINLAND = ZoneInfo("Europe/Helsinki")
UNSURE = 0.9


@cache
def words(language: str) -> dict[str, str]:
    """All words of the page in `language`."""
    return sentences(HERE / "texts.toml", language)


def day_time(moment: str | datetime) -> str:
    """Day and time as on paper, in Finland."""
    at = parse_iso(moment) if isinstance(moment, str) else moment
    return at.astimezone(FINLAND).strftime("%-d.%-m. %H.%M")


def day_of(due: str | None) -> str:
    """A day as on paper."""
    return date.fromisoformat(due).strftime("%-d.%-m.%Y") if due else ""


def age(moment: str, now: datetime, language: str) -> str:
    """How long ago, in the largest fitting unit."""
    minutes, t = int((now - parse_iso(moment)).total_seconds() // 60), words(language)
    if minutes < 60:
        return t["minutes"].format(max(minutes, 0))
    if minutes < 48 * 60:
        return t["hours"].format(minutes // 60)
    return t["days"].format(minutes // (24 * 60))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue."""

    bundle: str
    title: str
    name: str
    at: str
    age: str
    urgent: bool
    due: str
    clerk: str
    state: str
    colour: str
    unit: str


def row_of(row: RowMapping, shelf: Shelf, now: datetime, language: Language, unit: str) -> Row:
    """A filing's line; `unit` is named where the page serves several."""
    state, who = row["state"], shelf.who(row)
    return Row(
        bundle=row["bundle"],
        title=titled(row["form"], who.titles, language),
        name=who.name,
        at=day_time(row["handed_over"]),
        age=age(row["handed_over"], now, language),
        urgent=bool(row["urgent"]),
        due=day_of(row["due"]),
        clerk=row["claimed_by"] or "",
        state="" if state == OPEN else words(language)[f"state_{state}"],
        colour=(row["verdict"] or "unsure") if state == OPEN else "ended",
        unit=unit,
    )


def titled(form: str | None, titles: Mapping[str, str], language: str) -> str:
    """The form's title, else its id."""
    return titles.get(language) or titles.get("fi") or form or words(language)["unknown_form"]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a field lies on a page's picture, in per cent of it."""

    page: int
    box: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field with what was read, by whom it was put right, and where it lies."""

    key: str
    label: str
    value: str
    hint: str
    read_as: str
    sure: str
    """`sure`, `unsure`, `confirmed` or `empty`."""
    by: str
    candidates: tuple[str, ...]
    confidence: str
    """In per cent, where the reader says so."""
    finding: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class FilingView:
    """A filing as a clerk sees it."""

    bundle: str
    form: str
    title: str
    name: str
    code: str
    at: str
    age: str
    verdict: str
    colour: str
    open: bool
    state: str
    clerk: str
    due: str
    facts: tuple[tuple[str, str], ...]
    message: str
    fields: tuple[FieldView, ...]
    findings: tuple[str, ...]
    pages: tuple[int, ...]
    history: tuple[str, ...]


def filing_view(found: Filing, now: datetime, language: Language) -> FilingView:
    """Everything about one filing; of one whose content has ended, what is left."""
    t, row, manifest = words(language), found.row, found.manifest
    person = normalised(manifest, found.corrections).person if manifest else None
    verdict = row["verdict"] or "unsure"
    return FilingView(
        bundle=row["bundle"],
        form=row["form"] or "",
        title=titled(row["form"], manifest.titles if manifest else {}, language),
        name=(person.name.value or "") if person and person.name else "",
        code=(person.id.value or "") if person and person.id else "",
        at=day_time(row["handed_over"]),
        age=age(row["handed_over"], now, language),
        verdict=t[f"verdict_{verdict}"],
        colour=verdict,
        open=row["state"] == OPEN,
        state=t[f"state_{row['state']}"],
        clerk=row["claimed_by"] or "",
        due=day_of(row["due"]),
        facts=_facts(manifest, t) if manifest else (),
        message=(manifest.message or "") if manifest else "",
        fields=tuple(_fields(found, manifest, language)) if manifest else (),
        findings=tuple(finding.text.in_language(language) for finding in manifest.findings) if manifest else (),
        pages=tuple(range(1, len(found.pictures) + 1)),
        history=tuple(
            f"{day_time(event.at)} {event.by}: {t['did_' + event.what.replace(' ', '_')]}" for event in found.events
        ),
    )


def _facts(manifest: Manifest, t: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    identity = manifest.identity or ""
    shown = t.get(f"identity_{identity.replace(' ', '_')}", identity)
    given = [
        (t["point"], manifest.point),
        (t["unit"], manifest.unit or ""),
        (t["identity"], shown),
        (t["contact"], manifest.contact or ""),
        (t["overrides"], "; ".join(override.reason for override in manifest.overrides)),
    ]
    return tuple((name, value) for name, value in given if value)


def _fields(found: Filing, manifest: Manifest, language: Language) -> list[FieldView]:
    """Every field, those that say something first as on the page; ticks and signatures as words."""
    now = corrected(manifest, found.corrections)
    by = {event.correction.field: event.by for event in found.events if event.correction}
    by = {correction.field: words(language)["the_advisor"] for correction in manifest.corrections} | by
    gaps = {finding.field: finding.text.in_language(language) for finding in manifest.findings if finding.field}
    order = sorted(now, key=lambda key: _place(manifest.fields[key]))
    return [
        FieldView(
            key=key,
            label=manifest.labels.get(key, {}).get(language) or manifest.labels.get(key, {}).get("fi") or key,
            value=now[key].value or "",
            hint=_hint(now[key], language),
            read_as=manifest.fields[key].value or "",
            sure="confirmed" if key in by else _sure(now[key]),
            by=by.get(key, ""),
            candidates=now[key].candidates,
            confidence="" if (share := now[key].confidence) is None else f"{100 * share:.0f} %",
            finding=gaps.get(key, ""),
            spots=_spots(manifest, manifest.fields[key]),
        )
        for key in order
    ]


def _place(reading: FieldReading) -> tuple[float, float, float]:
    """Page, line and column, for the order in which a person reads; what has no place comes last."""
    if not reading.places:
        return 999, 0, 0
    first = reading.places[0]
    return first.page, round(first.box_mm[1] / 4), first.box_mm[0]


def _hint(reading: FieldReading, language: str) -> str:
    """Say something in place of a value where something is written that is not read, such as a signature."""
    unread = reading.state is FieldState.FILLED and not reading.value and not reading.candidates
    return words(language)["something_written"] if unread else ""


def _sure(reading: FieldReading) -> str:
    if reading.state is FieldState.EMPTY:
        return "empty"
    low = reading.confidence is not None and reading.confidence < UNSURE
    return "unsure" if reading.state is FieldState.UNCLEAR or reading.candidates or low else "sure"


def _spots(manifest: Manifest, reading: FieldReading) -> tuple[Spot, ...]:
    """The field's places on the pages of the document, by where the form lies there."""
    pages = {page.scan_page: page for page in manifest.pages if page.form_corners_mm}
    return tuple(
        Spot(pages[place.page].page, " ".join(f"{side:.1f}" for side in on_page(pages[place.page], place.box_mm)))
        for place in reading.places
        if place.page in pages
    )


def on_page(page: SealedPage, box: Sequence[float]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in mm on the document's page of a box in mm on an A4 form, between its corners."""
    corners = page.form_corners_mm or ((0.0, 0.0), (210.0, 0.0), (210.0, 297.0), (0.0, 297.0))
    points = []
    for x, y in ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])):
        u, v = x / 210.0, y / 297.0
        weights = ((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v)
        points.append([sum(w * corner[axis] for w, corner in zip(weights, corners, strict=True)) for axis in (0, 1)])
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def reasons(language: Language) -> list[tuple[str, str]]:
    """Each reason for a return with the sentence that the advisor will read."""
    return [(code, text.in_language(language)) for code, text in SENTENCES["returned"].items()]


def dead_rows(letters: Sequence[DeadLetter], language: Language) -> list[dict[str, str]]:
    """Dead letters with why, in a clerk's words."""
    t = words(language)
    return [
        {
            "bundle": letter.message.bundle, "form": letter.message.form or "", "unit": letter.message.unit or "",
            "at": day_time(letter.message.handed_over), "code": letter.code or "",
            "why": t.get(f"why_{letter.code}", t["why_other"]),
        }
        for letter in letters
    ]  # fmt: skip


def bars(load: Load) -> list[dict[str, object]]:
    """Received and answered by day, each as a share of the busiest day."""
    days = sorted({*load.received, *load.answered})
    most = max((*load.received.values(), *load.answered.values(), 1))
    return [
        {
            "day": f"{int(day[8:])}.{int(day[5:7])}.", "received": load.received.get(day, 0),
            "answered": load.answered.get(day, 0), "most": most,
        }
        for day in days
    ]  # fmt: skip
