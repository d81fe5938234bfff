"""`python -m tests.bench.rules`: each rule of the catalogue on two papers, one that keeps it and one that breaks it.

The blank is filled in print, its attachments lie behind it, all is scanned in software a little askew and goes through
the jail, recognition, reading and the check. One paper of each pair is Finnish, the other Swedish. Counted is what the
advisor is told of that rule: exactly what perfect readings give, a question (`unclear`), or something else.
"""

import argparse
import os
import tempfile
from collections import Counter
from pathlib import Path

from intake.forms.model import Rule
from tests.catalogue.filings import Filing, pairs
from tests.catalogue.on_paper import Counters, others, outcome, seen


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", action="append", help="only this form; may be repeated")
    wanted = parser.parse_args().form
    rows = [row for row in pairs() if not wanted or row[1].definition.form in wanted]
    kept, broken = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    told: list[str] = []
    stray = 0
    with Counters() as counters, tempfile.TemporaryDirectory() as folder:
        for rule, keeps, breaks in rows:
            for filing, side in ((keeps, kept), (breaks, broken)):
                found, more = _seen(counters, rule, filing, Path(folder))
                side[rule.kind, found] += 1
                stray += len(more)
                if found != "exact" or more:
                    told.append(f"{filing.name}: {found} {more}")
    _table(rows, kept, broken)
    spent = os.times()
    cpu = spent.user + spent.system + spent.children_user + spent.children_system
    print(f"{2 * len(rows)} papers, {cpu / (2 * len(rows)):.1f} s of CPU each; {stray} findings of other rules differ")
    print("\n".join(told))


def _seen(counters: Counters, rule: Rule, filing: Filing, folder: Path) -> tuple[str, list[tuple[str, str | None]]]:
    try:
        document = seen(counters, filing, folder)
    except AssertionError as error:
        return f"not recognised: {error}", []
    found = outcome(rule, filing, document)
    return found, others(filing, document) if found == "exact" else []


def _table(
    rows: list[tuple[Rule, Filing, Filing]], kept: Counter[tuple[str, str]], broken: Counter[tuple[str, str]]
) -> None:
    print(f"{'kind of rule':18}{'rules':>6}  {'broken: exact':>14}{'unclear':>9}{'else':>6}  ", end="")
    print(f"{'kept: exact':>12}{'unclear':>9}{'else':>6}")
    kinds = Counter(rule.kind for rule, _, _ in rows)
    for kind, count in [*sorted(kinds.items()), ("all", len(rows))]:
        line = f"{kind:18}{count:6}  "
        for side, wide in ((broken, 14), (kept, 12)):
            mine = Counter[str]()
            for (name, found), number in side.items():
                if kind in (name, "all"):
                    mine[found] += number
            rest = count - mine["exact"] - mine["unclear"]
            line += f"{mine['exact']:{wide}}{mine['unclear']:9}{rest:6}  "
        print(line.rstrip())


if __name__ == "__main__":
    main()
