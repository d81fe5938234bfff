"""How well forms are recognised and fields read on filled scans with known truth, plain and worn further.

`python -m tests.bench.accuracy --corpus DIR [--wear NAME|all] [--half 0|1] [--errors FOLDER] [--every N]`

The corpus is a folder with `blank-forms/` and `filled-scans/truth.json`. Its blanks become the catalogue. They are
split into two halves: choose thresholds on half 0, report half 1. One row for each wear; then every error, and with
`--errors` the crop each wrong field was judged from.
"""

import argparse
import json
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from intake.adding.add import add_form
from intake.base.errors import VireilleError
from intake.forms.load import load_catalogue
from intake.forms.model import Definition
from intake.jail.jail import Jail
from intake.jail.pixels import OpenedScan
from intake.read import read_fields
from intake.recognise import DocumentRun, Index, recognise
from tests.bench.evidence import evidence
from tests.bench.worn import WEARS

HEAD = (
    f"{'wear':<12}{'pages':>6}{'wrong':>6}{'missed':>7}{'unsure':>7}{'filled':>7}{'>empty':>7}{'empty':>7}{'>filled':>8}"
    f"{'unclear':>8}{'ticks':>7}{'wrong':>6}{'unclear':>8}{'ms look':>8}{'ms read':>8}"
)


@dataclass(slots=True)
class Tally:
    """What was counted for one wear."""

    counts: Counter[str] = field(default_factory=Counter)
    look_ms: list[float] = field(default_factory=list)
    read_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """One line of the table."""
        c = self.counts
        look, read = (float(np.median(ms)) if ms else 0.0 for ms in (self.look_ms, self.read_ms))
        return (
            f"{name:<12}{c['pages']:>6}{c['wrong form']:>6}{c['missed']:>7}{c['unsure']:>7}"
            f"{c['text filled']:>7}{c['text filled>empty']:>7}{c['text empty']:>7}{c['text empty>filled']:>8}"
            f"{c['text filled>unclear'] + c['text empty>unclear']:>8}"
            f"{c['tick filled'] + c['tick empty']:>7}{c['tick filled>empty'] + c['tick empty>filled']:>6}"
            f"{c['tick filled>unclear'] + c['tick empty>unclear']:>8}{look:>8.0f}{read:>8.0f}"
        )


def catalogue(corpus: Path, into: Path) -> tuple[Definition, ...]:
    """Definitions of all usable blanks of the corpus."""
    for blank in sorted((corpus / "blank-forms").rglob("*.pdf")):
        try:
            add_form(blank, provider="corpus", form=blank.stem, edition="1", language="xx", into=into)
        except VireilleError as error:
            sys.stderr.write(f"{error.message}\n")
    return load_catalogue([into])


def half_of(blank: str) -> int:
    """0 or 1: which half a blank belongs to, whatever else is in the corpus."""
    return zlib.crc32(blank.encode()) % 2


def judge(truth: dict, opened: OpenedScan, index: Index, tally: Tally, errors: Path | None) -> None:
    """Look at one page, compare with the truth, count."""
    begun = time.process_time()
    seen = recognise(opened, index)[0]
    tally.look_ms.append(1000 * (time.process_time() - begun))
    tally.counts["pages"] += 1
    form = Path(truth["blank"]).stem
    if seen.definition is None:
        tally.counts["missed"] += 1
        tally.errors.append(f"{truth['file']}: not recognised")
        return
    named = {seen.definition.form, *(name.form for name in seen.same_face)}
    if form not in named or seen.pages[0].reading.form_page != truth["page"]:
        tally.counts["wrong form" if seen.confidence > 0.5 else "unsure"] += 1
        tally.errors.append(f"{truth['file']}: taken for {seen.definition.form}, confidence {seen.confidence}")
        return
    if seen.confidence <= 0.5:
        tally.counts["unsure"] += 1
    definition = next(d for d in index.definitions if d.form == form)
    _fields(truth, opened, replace(seen, definition=definition), tally, errors)


def _fields(truth: dict, opened: OpenedScan, seen: DocumentRun, tally: Tally, errors: Path | None) -> None:
    begun = time.process_time()
    read = read_fields(opened, seen)
    tally.read_ms.append(1000 * (time.process_time() - begun))
    for key, expected in truth["fields"].items():
        if expected["state"] == "stray" or key not in read:
            continue
        kind = "tick" if expected["kind"] in ("check", "radio") else "text"
        tally.counts[f"{kind} {expected['state']}"] += 1
        state = read[key].state.value
        if state == expected["state"]:
            continue
        tally.counts[f"{kind} {expected['state']}>{state}"] += 1
        name = f"{len(tally.errors):04d}"
        tally.errors.append(f"{name} {truth['file']}: {key}: {expected['state']} said {state}")
        if errors is not None:
            for place in read[key].places[:1]:
                cv2.imwrite(str(errors / f"{name}.png"), evidence(opened, seen.pages[0], place.box_mm))


def scans(corpus: Path, half: int | None, every: int) -> Iterator[dict]:
    """The truth of each scan asked for."""
    truths = json.loads((corpus / "filled-scans" / "truth.json").read_text())
    return (t for t in truths[::every] if half is None or half_of(t["blank"]) == half)


def run(arguments: argparse.Namespace, index: Index, wears: Sequence[str]) -> dict[str, Tally]:
    """One tally for each wear."""
    tallies = {name: Tally() for name in wears}
    with Jail(warm=True) as jail:
        for truth in scans(arguments.corpus, arguments.half, arguments.every):
            opened = jail.open_scan(arguments.corpus / "filled-scans" / truth["file"])
            for name in wears:
                rng = np.random.default_rng(zlib.crc32(f"{name}{truth['file']}".encode()))
                worn = replace(opened, pages=(WEARS[name](opened.pages[0], rng),))
                errors = None
                if arguments.errors is not None:
                    errors = arguments.errors / name.replace(" ", "-").replace("%", "")
                    errors.mkdir(parents=True, exist_ok=True)
                judge(truth, worn, index, tallies[name], errors)
    return tallies


def main() -> int:
    """Prints the table and the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--catalogue", type=Path, help="keep the catalogue of the corpus's blanks here between runs")
    parser.add_argument("--wear", default="as it is", help=f"all, or one of: {', '.join(WEARS)}")
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--every", type=int, default=1, help="look at every n-th scan only")
    parser.add_argument("--errors", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as scratch:
        into = arguments.catalogue or Path(scratch)
        definitions = load_catalogue([into]) if arguments.catalogue and into.exists() else ()
        index = Index.of(definitions or catalogue(arguments.corpus, into))
        wears = list(WEARS) if arguments.wear == "all" else [arguments.wear]
        tallies = run(arguments, index, wears)
    lines = [HEAD, *(tally.row(name) for name, tally in tallies.items())]
    for name, tally in tallies.items():
        lines += [f"{name}: {error}" for error in tally.errors]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
