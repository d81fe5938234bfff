"""Unseen material: forms filled by makers with fresh seeds, worn as paper is, scanned to real files, looked at.

`python -m tests.bench.makers_set [--corpus DIR] [--cache DIR] [--papers N] [--seed S] [--way NAME] [--errors FOLDER]`

One page of a form a paper: the shipped catalogue, and with `--corpus` the blanks of the corpus too. Every paper gets a
hand, faults of its own (marks that stray, things in a signature's place that are no signature) and one way of wearing
and scanning. One row for each way, then every error; with `--errors` the crop each was judged from.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import cv2
import numpy as np

from intake.base.filing import Box
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition
from intake.jail.jail import Jail
from intake.jail.pixels import OpenedScan
from intake.read import read_fields
from intake.read.judge import pixels
from intake.recognise import DocumentRun, Index, recognise
from intake.trial.filling import scanned
from tests.bench.accuracy import catalogue
from tests.bench.evidence import evidence
from tests.bench.makers_marks import DPI
from tests.bench.makers_page import Filled, filled_page
from tests.bench.makers_ways import WAYS, Way
from tests.makers.scan import write_scan

_TICKS = ("check", "radio")
_PRINTED, _ASTRAY_PX, _NOTHING_LEFT = 205, 3, 8.0
"""Greys: what is print or ink on a clean page; and less than this darker than the paper around it, ink is gone."""


@dataclass(slots=True)
class Tally:
    """What was counted for one way."""

    counts: Counter[str] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """One line of the table."""
        c = self.counts
        cells = (
            (c["pages"], 6), (c["right"], 6), (c["missed"], 7), (c["unsure"], 7), (c["wrong"], 6),
            (c["text filled"], 7), (c["text filled>empty"], 7), (c["text gone"], 5),
            (c["text empty"], 7), (c["text empty>filled"], 8),
            (c["text filled>unclear"] + c["text empty>unclear"], 8),
            (c["tick filled"] + c["tick empty"], 7), (c["tick filled>empty"] + c["tick empty>filled"], 6),
            (c["tick filled>unclear"] + c["tick empty>unclear"], 8),
            (c["sign filled"] + c["sign empty"], 6), (c["sign filled>empty"], 7), (c["sign empty>filled"], 8),
            (c["sign filled>unclear"] + c["sign empty>unclear"], 8), (round(float(np.median(self.ms or [0]))), 6),
        )  # fmt: skip
        return f"{name:<18}" + "".join(f"{value:>{width}}" for value, width in cells)

    def add(self, other: "Tally") -> None:
        """Counts another tally in."""
        self.counts.update(other.counts)
        self.ms += other.ms


HEAD = (
    f"{'way':<18}{'pages':>6}{'right':>6}{'missed':>7}{'unsure':>7}{'WRONG':>6}{'filled':>7}{'>empty':>7}{'gone':>5}"
    f"{'empty':>7}{'>filled':>8}{'unclear':>8}{'ticks':>7}{'wrong':>6}{'unclear':>8}{'signs':>6}{'>empty':>7}{'>filled':>8}"
    f"{'unclear':>8}{'ms':>6}"
)


def as_file(filled: Filled, way: Way, path: Path, seed: int) -> Path:
    """The page worn, scanned and written as a scanner writes it."""
    gray = way.wear(filled.gray, seed)
    if way.dpi != DPI:
        factor = way.dpi / DPI
        ways = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        gray = np.asarray(cv2.resize(gray, None, fx=factor, fy=factor, interpolation=ways), np.uint8)
    gray = scanned(gray, skew_degrees=(seed % 21 - 10) / 10, seed=seed, noise=3.0)
    return write_scan(path, [gray], way.kind, dpi=way.dpi)


def judge(filled: Filled, opened: OpenedScan, index: Index, *, tally: Tally, name: str, errors: Path | None) -> None:
    """Look at one page, compare with the truth, count."""
    begun = time.process_time()
    seen = recognise(opened, index)[0]
    tally.counts["pages"] += 1
    form = filled.definition
    told = f"{name} {form.form} {form.edition} {form.language} page {filled.page}"
    if seen.definition is None:
        tally.counts["missed"] += 1
        tally.errors.append(f"{told}: not recognised")
        return
    d = seen.definition
    named = {(d.form, d.edition, d.language), *((s.form, s.edition, s.language) for s in seen.same_face)}
    if (form.form, form.edition, form.language) not in named or seen.pages[0].reading.form_page != filled.page:
        tally.counts["wrong" if seen.confidence > 0.5 else "unsure"] += 1
        tally.errors.append(f"{told}: taken for {d.form} {d.edition} {d.language}, confidence {seen.confidence}")
        return
    tally.counts["right" if seen.confidence > 0.5 else "unsure"] += 1
    right = replace(seen, definition=form)
    read_fields(opened, right)
    tally.ms.append(1000 * (time.process_time() - begun))
    _compare(filled, opened, right, tally=tally, told=told, errors=errors)


def _compare(
    filled: Filled, opened: OpenedScan, seen: DocumentRun, *, tally: Tally, told: str, errors: Path | None
) -> None:
    states = {key: reading.state for key, reading in read_fields(opened, seen).items()}
    for key, wanted in filled.truth.items():
        if key not in states:
            continue
        one = filled.definition.field(key)
        kind = "tick" if one.kind in _TICKS else "sign" if one.kind == "signature" else "text"
        expected, state = wanted.split()[0], states[key].value
        if expected == "spelled":  # a hand's, in separate letters: whether it is a signature is for a person to say
            tally.counts[f"spelled {state}"] += 1
            continue
        tally.counts[f"{kind} {expected}"] += 1
        if state == expected:
            continue
        if (kind, expected, state) == ("text", "filled", "empty") and _worn_off(filled, seen, one.places[0].box_mm):
            tally.counts["text gone"] += 1
            wanted = "filled, worn off"
        tally.counts[f"{kind} {expected}>{state}"] += 1
        tally.errors.append(f"{told}: {kind} {key}: {wanted} said {state}")
        if errors is not None:
            errors.mkdir(parents=True, exist_ok=True)
            crop = evidence(opened, seen.pages[0], one.places[0].box_mm)
            name = f"{told.split()[0]}-{kind}-{wanted.replace(' ', '')}-{state}-{len(tally.errors)}.png"
            cv2.imwrite(str(errors / name), crop)


def _worn_off(filled: Filled, seen: DocumentRun, box: Box) -> bool:
    """Whether the wear left nothing of what was written in a place: no person could see that it had been filled."""
    laid = seen.pages[0].registered
    if laid is None:
        return False
    flat, size = laid.flat, (laid.flat.shape[1], laid.flat.shape[0])
    x0, y0, x1, y1 = pixels(box, flat.shape)
    paper = cv2.erode((laid.face.gray > _PRINTED).astype(np.uint8), np.ones((9, 9), np.uint8))[y0:y1, x0:x1] > 0
    ink = paper & (cv2.resize(filled.gray, size, interpolation=cv2.INTER_AREA)[y0:y1, x0:x1] < _PRINTED)
    if not ink.any():
        return False
    darker: list[float] = []
    for row in range(-_ASTRAY_PX, _ASTRAY_PX + 1):
        for column in range(-_ASTRAY_PX, _ASTRAY_PX + 1):
            part = np.roll(flat, (row, column), (0, 1))[y0:y1, x0:x1]
            darker.append(float(np.median(part[paper]) - part[ink].mean()))
    return max(darker) < _NOTHING_LEFT


def run(
    source: Sequence[Definition], index: Index, arguments: argparse.Namespace, ways: Sequence[str]
) -> dict[str, Tally]:
    """Looks at `arguments.papers` papers, one way after the other."""
    tallies = {name: Tally() for name in ways}
    random = Random(arguments.seed)  # repeatable, not secret
    deck: list[Definition] = []
    with Jail(warm=True) as jail, tempfile.TemporaryDirectory() as scratch:
        for number in range(arguments.papers):
            deck = deck or random.sample(list(source), len(source))
            name, seed = ways[number % len(ways)], random.randrange(1 << 30)
            filled = filled_page(deck.pop(), Random(seed), pencil=WAYS[name].pencil, handled=WAYS[name].handled)
            path = as_file(filled, WAYS[name], Path(scratch) / f"{number}", seed)
            tally = tallies[name]
            told = f"{name.replace(' ', '_')}#{seed}"
            judge(filled, jail.open_scan(path), index, tally=tally, name=told, errors=arguments.errors)
            path.unlink()
    return tallies


def _corpus_forms(corpus: Path, into: Path) -> tuple[Definition, ...]:
    return load_catalogue([into]) if into.exists() else catalogue(corpus, into)


def main(words: Sequence[str] | None = None) -> int:
    """Prints a table for each source, and the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--cache", type=Path, help="keep the catalogue of the corpus's blanks here between runs")
    parser.add_argument("--source", choices=("own", "corpus"), help="only this one")
    parser.add_argument("--papers", type=int, default=116)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", action="append", choices=tuple(WAYS), help="only these ways")
    parser.add_argument("--errors", type=Path)
    arguments = parser.parse_args(words)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as scratch:
        sources = {"own": load_catalogue([BUILTIN])}
        if arguments.corpus is not None:
            sources["corpus"] = _corpus_forms(arguments.corpus, (arguments.cache or Path(scratch)) / "corpus")
        index = Index.of([d for forms in sources.values() for d in forms])
        for name, forms in sources.items():
            if arguments.source in (None, name):
                _print(name, run(forms, index, arguments, arguments.way or list(WAYS)), arguments)
    return 0


def _print(name: str, tallies: dict[str, Tally], arguments: argparse.Namespace) -> None:
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    lines = [f"{name}: {arguments.papers} papers, seed {arguments.seed}", HEAD]
    lines += [tally.row(way) for way, tally in tallies.items()]
    spelled = ", ".join(f"{total.counts[f'spelled {state}']} {state}" for state in ("filled", "unclear", "empty"))
    lines.append(f"names by hand in separate letters in a signature's place: {spelled}")
    lines += [total.row("all"), *(error for tally in tallies.values() for error in tally.errors)]
    sys.stdout.write("\n".join(lines) + "\n")
    if arguments.errors is not None:
        arguments.errors.mkdir(parents=True, exist_ok=True)
        (arguments.errors / f"{name}.json").write_text(json.dumps([e for t in tallies.values() for e in t.errors]))


if __name__ == "__main__":
    sys.exit(main())
