"""`forms test`: fill each form, scan it in software, read it back, and report what was not as written.

Two papers a form: a complete one, and one with nothing but print on it. Values are compared where they were read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from intake.filing import FaceName, FieldReading, FieldState
from intake.forms.model import Definition
from intake.forms.trial import fill, sample, scanned
from intake.look import Eyes
from intake.pages import OpenedScan, PagePixels

DPI = 300
SKEWS = (0.8, -1.3)


@dataclass(frozen=True, slots=True)
class Tested:
    """How one edition was read."""

    form: str
    edition: str
    language: str
    recognised: str
    """The edition that was seen."""
    fields: int
    right: int
    problem: str
    """The first thing that was wrong; empty if nothing was."""


def test_catalogue(definitions: Sequence[Definition], step: Callable[[], object]) -> list[Tested]:
    """Every edition among all of `definitions`; `step` is called after each."""
    latest = max((one.valid_from for one in definitions if one.valid_from), default=date(2015, 3, 2))
    results = []
    with Eyes(definitions, on=latest) as eyes:
        for number, definition in enumerate(definitions):
            results.append(_tested(definition, eyes, seed=number))
            step()
    return results


def _tested(definition: Definition, eyes: Eyes, seed: int) -> Tested:
    day = definition.valid_from or eyes.on
    full = sample(definition, seed=seed, on=day).values
    wrong: list[str] = []
    judged, seen_as = 0, ""
    for values, skew in ((full, SKEWS[0]), ({}, SKEWS[1])):
        opened = _scan(definition, values, skew, seed)
        runs = eyes.recognise(opened)
        names = {_name(run.definition) for run in runs if run.definition}
        alike = {_name(one) for run in runs for one in run.same_face}
        expected = _name(definition)
        seen_as = ", ".join(sorted(names)) or "nothing"
        if names != {expected} and not (len(runs) == 1 and expected in alike):
            wrong.append(f"taken for {seen_as}")
            continue
        fields = eyes.read_values(opened, runs[0], eyes.read(opened, runs[0]))
        judged += len(fields)
        wrong += [f"{key} {state}" for key, state in _differences(values, fields)]
    return Tested(
        definition.form, definition.edition, definition.language, seen_as, judged, judged - len(wrong),
        wrong[0] if wrong else "",
    )  # fmt: skip


def _name(one: Definition | FaceName) -> str:
    return f"{one.form} {one.edition} {one.language}"


def _scan(definition: Definition, values: Mapping[str, str], skew: float, seed: int) -> OpenedScan:
    pages = fill(definition, values, dpi=DPI, seed=seed)
    return OpenedScan(tuple(PagePixels(scanned(page, skew_degrees=skew, seed=seed), DPI) for page in pages))


def _differences(values: Mapping[str, str], fields: dict[str, FieldReading]) -> list[tuple[str, str]]:
    found = []
    for key, reading in fields.items():
        expected = FieldState.FILLED if key in values else FieldState.EMPTY
        if reading.state is not expected:
            found.append((key, f"{expected.value} but read as {reading.state.value}"))
        elif reading.value is not None and key in values and _plain(reading.value) != _plain(values[key]):
            found.append((key, "read with another value"))
    return found


def _plain(text: str) -> str:
    """Without what writing and reading may differ in: spaces, dots and case."""
    return "".join(one for one in text.lower() if one.isalnum())
