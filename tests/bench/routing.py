"""What large rule sets and a long past cost: a decision, the proof, and a replay through the command line.

`python -m tests.bench.routing` prints each figure with its limit: 1,000 rules may cost a decision 10 times what 40
cost, and a replay of 100,000 past filings 20 times a replay of 1,500.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import insert

from intake.base.settings import load_settings
from routing_rules.decide import decide
from routing_rules.facts import RoutingFacts
from routing_rules.lint import lint
from routing_rules.load import load_rules
from routing_rules.model import RuleSet
from routing_rules.providers import BUILTIN, Provider, load_provider
from workers.ledger.opening import open_ledger
from workers.ledger.schema import decisions, filings, judgements, scans
from workers.run.new_point import make_point

VIREILLE = Path(sys.executable).with_name("vireille")
DAY = date(2015, 3, 2)
FORMS = 25
PAST = (1_500, 100_000)
MOST_DECISION, MOST_REPLAY = 10, 20
_TAIL = 'basis = "assumption"\nsource = "a measurement"\n[rule.text]\nfi = "a"\nsv = "b"\nen = "c"\n\n'


def rule_set(count: int, folder: Path) -> RuleSet:
    """Rules of two providers as an operator writes them: by form, municipality, language, findings, days."""
    chance = random.Random(count)
    for provider in ("kela", "dvv"):
        rules = []
        for number in range(count // 2 - 1):
            more = chance.choice(
                ["", ', language = ["sv"]', ', finding = ["signature missing"]', ', weekday = ["mon"]']
            )
            rules.append((f"{number}", f', form = ["form-{number % FORMS}"], municipality = ["{number:03d}"]{more}'))
        text = "".join(
            f'[[rule]]\nid = "{provider}-{name}"\nwhen = {{ provider = ["{provider}"]{asked} }}\n'
            f'to = {{ provider = "{provider}" }}\n{_TAIL}'
            for name, asked in [*rules, ("rest", "")]
        )
        (folder / f"{provider}.toml").write_text(text, "utf-8")
    return load_rules(folder)


def known() -> dict[str, Provider]:
    """Two providers without units, of any day."""
    found = (load_provider(BUILTIN / f"{name}.toml") for name in ("kela", "dvv"))
    return {one.id: one.model_copy(update={"valid_from": None, "valid_until": None}) for one in found}


def a_decision(rules: RuleSet) -> float:
    """Seconds of one decision, at five points, over papers as they come."""
    chance = random.Random(7)
    papers = [
        RoutingFacts(
            chance.choice(("kela", "dvv")), f"form-{chance.randrange(FORMS)}", "2015-01", chance.choice(("fi", "sv")),
            f"point-{place}", f"{place * 31:03d}", findings=frozenset(), pages=2, attachments=0,
        )
        for place in (chance.randrange(5) for _ in range(4_000))
    ]  # fmt: skip
    providers = known()
    start = time.process_time()
    for paper in papers:
        decide(paper, rules, providers, DAY)
    return (time.process_time() - start) / len(papers)


def a_replay(count: int, folder: Path) -> float:
    """Processor seconds of `rules replay` over so many past filings at one point."""
    config = make_point(folder / str(count), demo=True)
    settings = load_settings(config)
    chance = random.Random(count)
    forms = ("vero-5010", "vero-14a", "vero-3602", "vero-7h")
    rows = [(number, f"f{number}", chance.choice(forms), chance.choice(("fi", "sv"))) for number in range(1, count + 1)]
    with open_ledger(settings) as ledger, ledger.write() as connection:
        at = ledger.now()
        base = {"scanner": "tiski-1", "handed_over": at, "accepted_at": at, "bytes": 1, "position": 1}
        connection.execute(insert(scans), [base | {"sha256": one[1], "leader": one[1]} for one in rows])
        state = {"scanner": "tiski-1", "state": "accepted", "since": at}
        connection.execute(insert(filings), [state | {"seq": one[0], "id": one[1], "scan": one[1]} for one in rows])
        day = [(DAY + timedelta(days=one[0] % 90)).isoformat() for one in rows]
        judged = {
            "number": 1, "at": at, "point": "saarijarvi", "municipality": "729", "kind": "form", "provider": "vero",
            "edition": "2015-01", "verdict": "complete", "pages": 2, "attachments": 0, "findings": "[]",
        }  # fmt: skip
        connection.execute(
            insert(judgements),
            [judged | {"filing": one[1], "day": on, "form": one[2], "language": one[3]}
             for one, on in zip(rows, day, strict=True)],
        )  # fmt: skip
        sent = {
            "number": 1,
            "at": at,
            "provider": "vero",
            "unit": "turku",
            "rule": "x",
            "version": "x",
            "by_hand": False,
        }
        connection.execute(
            insert(decisions), [sent | {"filing": one[1], "day": on} for one, on in zip(rows, day, strict=True)]
        )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = [VIREILLE, "rules", "replay", config.parent / "rules", "--json", "--config", config]
    subprocess.run(line, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the figures; exit 1 where one is over its limit."""
    with tempfile.TemporaryDirectory() as name:
        took, proof = {}, {}
        for count in (40, 1_000):
            folder = Path(name) / f"rules-{count}"
            folder.mkdir()
            rules = rule_set(count, folder)
            start = time.process_time()
            assert lint(rules, known()) == []
            proof[count] = time.process_time() - start
            took[count] = min(a_decision(replace_cache(rules)) for _ in range(3))
            print(f"{count:>6} rules: a decision {took[count] * 1e6:8.1f} us, the proof {proof[count]:6.2f} s")
        replays = {count: a_replay(count, Path(name)) for count in PAST}
    for count, seconds in replays.items():
        print(f"{count:>6} past filings: replay {seconds:6.2f} s of processor time")
    decision, replay = took[1_000] / took[40], replays[PAST[1]] / replays[PAST[0]]
    print(f"1,000 rules beside 40: a decision {decision:.1f} times (at most {MOST_DECISION})")
    print(f"100,000 filings beside 1,500: a replay {replay:.1f} times (at most {MOST_REPLAY})")
    sys.exit(decision > MOST_DECISION or replay > MOST_REPLAY)


def replace_cache(rules: RuleSet) -> RuleSet:
    """The same set with nothing remembered: what a point remembers is part of what a decision costs."""
    return rules.model_copy(deep=True)


if __name__ == "__main__":
    main()
