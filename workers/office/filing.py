"""A filing as a clerk sees it: its facts, its fields with what may stand there, and their places on the paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.base.filing import FieldReading, FieldState
from intake.base.texts import Language
from workers.backoffice.forward import units_of
from workers.backoffice.normal import corrected, normalised
from workers.office.schema import OPEN
from workers.office.shelf import Filing
from workers.office.views import age, day_of, day_time, named, titled, words
from workers.seal.manifest import Manifest, SealedPage

UNSURE = 0.9


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a field lies on a page of the document: left, top, right, bottom in mm."""

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
    """What was read, where a person put something else in its place; else empty."""
    sure: str
    """`sure`, `unsure`, `confirmed` or `empty`."""
    by: str
    candidates: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    """Of a tick or a radio group: each value it may have, with what the form calls it. Empty: it is written freely."""
    undecided: bool
    """Whether nobody can tell yet which of the options it is: one has to be chosen."""
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
        facts=_facts(manifest, t, language) if manifest else (),
        message=(manifest.message or "") if manifest else "",
        fields=tuple(_fields(found, manifest, language)) if manifest else (),
        findings=tuple(finding.text.in_language(language) for finding in manifest.findings) if manifest else (),
        pages=tuple(range(1, len(found.pictures) + 1)),
        history=tuple(
            f"{day_time(event.at)} {event.by}: {t['did_' + event.what.replace(' ', '_')]}" for event in found.events
        ),
    )


def _facts(manifest: Manifest, t: Mapping[str, str], language: Language) -> tuple[tuple[str, str], ...]:
    identity, unit = manifest.identity or "", units_of(manifest.provider).get(manifest.unit or "")
    shown = t.get(f"identity_{identity.replace(' ', '_')}", identity)
    given = [
        (t["point"], manifest.point),
        (t["unit"], unit.in_language(language) if unit else manifest.unit or ""),
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
    views = []
    for key in order:
        options, was = _options(manifest, key, now[key], language), manifest.fields[key]
        value, read = _stands(now[key]), _stands(was)
        shown = "–" if was.state is FieldState.UNCLEAR and not read else options.get(read, read) or "–"
        view = FieldView(
            key=key,
            label=named(manifest.labels.get(key, {}), language) or key,
            value=value,
            hint=_hint(now[key], language),
            read_as="" if read == value and was.state is now[key].state else shown,
            sure="confirmed" if key in by else _sure(now[key]),
            by=by.get(key, ""),
            candidates=tuple(options.get(candidate, candidate) for candidate in now[key].candidates),
            options=tuple(options.items()),
            undecided=not value and now[key].state is not FieldState.EMPTY,
            confidence="" if (share := now[key].confidence) is None else f"{100 * share:.0f} %",
            finding=gaps.get(key, ""),
            spots=_spots(manifest, was),
        )
        views.append(view)
    return views


def _stands(reading: FieldReading) -> str:
    """What stands there; a tick that somebody saw without reading it is a tick."""
    seen = reading.kind == "check" and reading.state is FieldState.FILLED
    return reading.value or ("X" if seen else "")


def _options(manifest: Manifest, key: str, reading: FieldReading, language: str) -> dict[str, str]:
    """What may stand in a tick or a radio group, by value, as the form calls it; what was read is among them.

    Empty: it is written freely, as is a radio group of which the bundle says nothing more.
    """
    t, named_options = words(language), manifest.options.get(key, {})
    if reading.kind == "check":
        return {"X": t["ticked"], "": t["not_ticked"]}
    if reading.kind != "radio" or not named_options:
        return {}
    called = {value: named(names, language) or value for value, names in named_options.items()}
    read = {value: value for value in (manifest.fields[key].value, reading.value, *reading.candidates) if value}
    return read | called | {"": t["not_ticked"]}


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
