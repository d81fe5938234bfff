"""`forms test`: fill each form, scan it in software, see it as a paper is seen, and report what was not as written.

Two papers an edition: a complete one, and one with nothing but print on it. Looked at are the form's name among all
editions, each field's state, the values that were read, and what the check then tells.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from intake.base.filing import EditionName, FieldReading, FieldState
from intake.check import check, demands
from intake.forms.model import Definition
from intake.jail.pixels import OpenedScan, PagePixels
from intake.reader import Reader
from intake.trial import fill, readings, sample, scanned

DPI = 300
SKEWS = (0.8, -1.3)


@dataclass(slots=True)
class Score:
    """So many of so many were right."""

    right: int = 0
    of: int = 0

    def count(self, right: int, of: int) -> None:
        """Add some more."""
        self.right += right
        self.of += of

    def __str__(self) -> str:
        """`57/58`."""
        return f"{self.right}/{self.of}"


@dataclass(slots=True)
class Tested:
    """The result for one edition."""

    form: str
    edition: str
    language: str
    recognised: str = ""
    """What the papers were taken for."""
    names: Score = field(default_factory=Score)
    """Papers known by their look alone."""
    states: Score = field(default_factory=Score)
    values: Score = field(default_factory=Score)
    """Of those that were read; a doubtful reading gives no value."""
    findings: Score = field(default_factory=Score)
    """Told as a perfect reader's check would tell them; one more or less counts as wrong."""
    asks: bool = True
    """Whether anybody has said what the form needs; where not, there are no findings that could be right or wrong."""
    wrong: list[str] = field(default_factory=list)

    @property
    def problem(self) -> str:
        """The first thing that was wrong; empty if nothing was."""
        return self.wrong[0] if self.wrong else ""


def test_catalogue(
    definitions: Sequence[Definition], step: Callable[[], object], *, among: Sequence[Definition] = ()
) -> list[Tested]:
    """Test every edition of `definitions` among all those of `among` too; `step` is called after each."""
    known = among or definitions
    latest = max((definition.valid_from for definition in known if definition.valid_from), default=date(2015, 3, 2))
    results = []
    with Reader(known, on=latest) as reader:
        for number, definition in enumerate(definitions):
            results.append(_tested(definition, reader, seed=number))
            step()
    return results


def told_apart(results: Iterable[Tested], key: Callable[[Tested], tuple[str, ...]]) -> Score:
    """Of the groups with the same `key` and several members: those whose every paper was known by its look."""
    groups: dict[tuple[str, ...], list[Tested]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    several = [group for group in groups.values() if len(group) > 1]
    return Score(sum(all(result.names.right == result.names.of for result in group) for group in several), len(several))


def _tested(definition: Definition, reader: Reader, seed: int) -> Tested:
    day = definition.valid_from or reader.on
    result = Tested(definition.form, definition.edition, definition.language, asks=demands(definition, day))
    full = sample(definition, seed=seed, on=day).values
    for values, skew in ((full, SKEWS[0]), ({}, SKEWS[1])):
        opened = _scan(definition, values, skew, seed)
        runs = reader.recognise(opened)
        names = {_name(run.definition) for run in runs if run.definition}
        alike = {_name(edition) for run in runs for edition in run.same_face}
        expected = _name(definition)
        result.recognised = ", ".join(sorted(names)) or "nothing"
        result.names.count(names == {expected} and not alike, 1)
        if names != {expected} and not (len(runs) == 1 and expected in alike):
            result.wrong.append(f"taken for {result.recognised}")
            continue
        fields = reader.complete(opened, runs[0], reader.read(opened, runs[0]))
        _compare(result, definition, values, fields, day)
    return result


def _compare(
    result: Tested, definition: Definition, values: Mapping[str, str], fields: dict[str, FieldReading], day: date
) -> None:
    """Count states, values and findings of one paper."""
    for key, reading in fields.items():
        expected = FieldState.FILLED if key in values else FieldState.EMPTY
        result.states.count(reading.state is expected, 1)
        if reading.state is not expected:
            result.wrong.append(f"{key} {expected.value} but read as {reading.state.value}")
        elif reading.value is not None and key in values:
            same = _plain(reading.value) == _plain(values[key])
            result.values.count(same, 1)
            result.wrong += [] if same else [f"{key} read with another value"]
    if not result.asks:
        return
    wanted, seen = (_findings(definition, known, day) for known in (readings(definition, values), fields))
    result.findings.count(len(wanted & seen), len(wanted | seen))
    result.wrong += [f"{code} {key} " + ("not told" if (code, key) in wanted else "told")
                     for code, key in sorted(wanted ^ seen)]  # fmt: skip


def _findings(definition: Definition, fields: Mapping[str, FieldReading], day: date) -> set[tuple[str, str]]:
    pages = range(1, len(definition.pages) + 1)
    findings, _ = check(definition, fields, pages_seen=pages, attachments=(), on=day)
    return {(finding.code, finding.field or "the filing") for finding in findings}


def _name(edition: Definition | EditionName) -> str:
    return f"{edition.form} {edition.edition} {edition.language}"


def _scan(definition: Definition, values: Mapping[str, str], skew: float, seed: int) -> OpenedScan:
    pages = fill(definition, values, dpi=DPI, seed=seed)
    return OpenedScan(tuple(PagePixels(scanned(page, skew_degrees=skew, seed=seed), DPI) for page in pages))


def _plain(text: str) -> str:
    """Without what writing and reading may differ in: spaces, dots and case."""
    return "".join(letter for letter in text.lower() if letter.isalnum())
