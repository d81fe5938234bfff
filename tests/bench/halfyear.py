"""`python -m tests.bench.halfyear [FOLDER] [--share 1]`: half a year at the pilot's five points, written and counted.

Hand-overs a month are those of the evaluation's table 4.1.1 (25 cases: fourteen of 0-20, two of 21-50, eight of
51-100, one of 400-600) and the municipality's are half of all; what the evaluation did not count is assumed here. The
papers go through the ledger's own functions, a day in one transaction, in a process for each point. Then `stats` counts
them, and the table compares: papers put in, papers counted, the ledger's rows, and the same after a purge.
"""

import argparse
import hashlib
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from intake.base.arrival import Arrival
from intake.base.filing import Document, EService, Finding, Kind, PageReading, Verdict
from intake.base.settings import Settings, load_settings
from intake.base.states import State
from intake.base.texts import Text
from intake.forms.load import BUILTIN, load_catalogue, valid_on
from intake.forms.model import Definition
from routing_rules.calendar import day_kind
from routing_rules.decide import NoRoute, decide
from routing_rules.load import load_rules
from routing_rules.providers import load_providers
from tests.clock import FakeClock
from workers.figures.figures import HELSINKI
from workers.ledger import Blobs, Changes, Ledger, Person, Work, claimed, joins, people, retention, scans
from workers.ledger.claim import claim
from workers.ledger.claimed import Keep
from workers.ledger.database import MachineClock
from workers.ledger.history import Decided
from workers.ledger.opening import ledger_url, open_blobs, open_ledger_at, open_vault
from workers.run.new_point import PILOT, make_point, place_of
from workers.send.routing_facts import facts_of

VIREILLE = Path(sys.executable).with_name("vireille")
FIRST, LAST = date(2014, 10, 1), date(2015, 3, 31)
KEEP = Keep("w", 60.0)
ANNA = Person("Anna")
A_MONTH = {
    "mikkeli": {"vero": 550, "maistraatti": 90, "kela": 10, "te": 10, "poliisi": 60},
    "oulu-kiiminki": {"vero": 70, "maistraatti": 15, "kela": 85, "te": 12, "poliisi": 55},
    "parainen": {"vero": 75, "maistraatti": 40, "kela": 12, "te": 10, "poliisi": 15},
    "pelkosenniemi": {"vero": 10, "maistraatti": 4, "kela": 15, "te": 3, "poliisi": 6},
    "saarijarvi": {"vero": 70, "maistraatti": 30, "kela": 18, "te": 60, "poliisi": 14},
}
"""Customer events of the state's authorities; the evaluation counted no papers, so here each event leaves one."""

TE_SINCE_JANUARY = 0.5
"""Of its papers before: from January 2015 on TE asked for none (4.1.1)."""
HOURS = {9: 14, 10: 22, 11: 16, 12: 12, 13: 18, 14: 13, 15: 9}
WEEKDAYS = (28, 20, 19, 18, 15)
TWO_AT_ONCE, WITH_ATTACHMENT = 0.1, 0.3
"""One customer in ten had several matters (4.3.2); attachments were not counted."""
ENDINGS = ("back_to_customer", "done_online", "elsewhere", "mistake")
WHYS = {"not_known": 2, "no_skill": 5, "no_means": 5, "convenience": 2, "not_online": 1}
RETURNS = {"incomplete": 4, "original_needed": 2, "wrong_unit": 2, "not_needed": 3, "missing_attachment": 2}


def rates_of(point: str) -> dict[str, int]:
    """Hand-overs a month at a point: half of all are the municipality's."""
    return {**A_MONTH[point], "kunta": sum(A_MONTH[point].values())}


class DayByDay(Ledger):
    """A ledger whose transactions of a day are one: nothing is promised here, and each commit would cost a sync."""

    held: Connection | None = None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The day's transaction."""
        assert DayByDay.held is not None
        yield DayByDay.held

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The same, as far as it has come."""
        if DayByDay.held is not None:
            yield DayByDay.held
        else:
            with super().read() as connection:
                yield connection

    @contextmanager
    def day(self) -> Iterator[None]:
        """One day's transaction."""
        with super().write() as DayByDay.held:
            yield
        DayByDay.held = None


@cache
def forms() -> tuple[Definition, ...]:
    """The forms of the winter."""
    return valid_on(load_catalogue((BUILTIN,)), date(2015, 1, 15))


@dataclass
class Point:
    """One point at work."""

    settings: Settings
    chance: random.Random
    clock: FakeClock = field(default_factory=FakeClock)
    put_in: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        here = self.settings.here
        opened = open_ledger_at(
            ledger_url(self.settings), clock=self.clock, vault=open_vault(self.settings),
            leases=MachineClock(self.clock, "boot"),
        )  # fmt: skip
        self.ledger = DayByDay(opened.engine, self.clock, opened.vault, opened.leases, opened.here, opened.file)
        self.blobs: Blobs = open_blobs(self.settings)
        assert self.settings.providers is not None
        assert self.settings.routing is not None
        self.providers = load_providers(self.settings.providers.directory)
        self.rules = load_rules(self.settings.routing.rules)
        self.swedish = 0.55 if here.languages[0] == "sv" else 0.03

    def live(self, share: float) -> None:
        """Every working day of the half year."""
        rates = rates_of(self.settings.here.id)
        days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
        days = [day for day in days if day_kind(day) == "workday"]
        total = sum(WEEKDAYS[day.weekday()] for day in days)
        due = dict.fromkeys(rates, 0.0)
        for day in days:
            with self.ledger.day():
                for provider, rate in rates.items():
                    eased = (2 - 2 * TE_SINCE_JANUARY * (day >= date(2015, 1, 1))) / 1.5 if provider == "te" else 1.0
                    due[provider] += 6 * rate * share * eased * WEEKDAYS[day.weekday()] / total
                    while due[provider] >= 1:
                        due[provider] -= 1
                        self._hand_over(day, provider)

    def _hand_over(self, day: date, provider: str) -> None:
        """What one customer brings: one paper, or two in one scan."""
        hour = self.chance.choices(list(HOURS), list(HOURS.values()))[0]
        self.clock.wall = datetime(day.year, day.month, day.day, hour, self.chance.randrange(60), tzinfo=HELSINKI)
        self.put_in["handovers"] += 1
        self.put_in["papers"] += 1
        language = "sv" if self.chance.random() < self.swedish else "fi"
        form = self._form(provider, language)
        if self.chance.random() > TWO_AT_ONCE:
            self._paper(form)
            return
        self.put_in["papers"] += 1
        rates = rates_of(self.settings.here.id)
        other = self.chance.choices(list(rates), list(rates.values()))[0]
        both = (form, self._form(other, language))
        for filing, of in zip(self._scan(Verdict.COMPLETE, *both), both, strict=True):
            self._end(filing, of, "complete")

    def _form(self, provider: str, language: str) -> Definition:
        known = [form for form in forms() if form.provider == provider]
        return self.chance.choice([form for form in known if form.language == language] or known)

    def _paper(self, form: Definition) -> None:
        """One paper from the scanner to its end."""
        draw = self.chance.random()
        if draw < 0.62:
            self._end(self._scan(Verdict.COMPLETE, form)[0], form, "complete")
        elif draw < 0.80:
            self._end(self.mended(form), form, "repaired")
        elif draw < 0.86:
            doubtful = self._scan(Verdict.UNSURE, form)[0]
            self.clock.pass_(self.chance.uniform(20, 90))
            seen = Changes(verdict=Verdict.COMPLETE, documents=self._documents(form, Verdict.COMPLETE))
            people.correct(self.ledger, doubtful, ANNA, seen, {"code": "filled"})
            self._end(doubtful, form, "cleared")
        else:
            verdict = Verdict.INCOMPLETE if draw < 0.97 else Verdict.UNSURE
            self._end(self._scan(verdict, form)[0], form, "with gaps")

    def mended(self, form: Definition) -> str:
        """A paper with a gap that is filled at the counter and scanned again; it waits for the advisor."""
        first = self._scan(Verdict.INCOMPLETE, form)[0]
        self.clock.pass_(self.chance.uniform(60, 400))
        again = self._scan(Verdict.COMPLETE, form)[0]
        joins.join(self.ledger, first, again, ANNA)
        return again

    def _scan(self, verdict: Verdict, *papers: Definition) -> list[str]:
        """A scan of one paper or several, until all wait for the advisor; returns the filings."""
        name = f"{self.settings.here.id} {next(self.numbers)}"
        arrival = Arrival(
            scanner="tiski-1", label="a.pdf", size=90_000, handed_over=self.clock.now(),
            sha256=hashlib.sha256(name.encode()).hexdigest(),
        )  # fmt: skip
        scans.accept(self.ledger, (arrival,))
        documents = [self._documents(form, verdict) for form in papers]
        counts = [sum(len(one.pages) for one in of_paper) for of_paper in documents]
        parts = [
            Changes(
                pages=tuple(range(sum(counts[:n]) + 1, sum(counts[: n + 1]) + 1)), kind=Kind.FORM, form=form.form,
                provider=form.provider, edition=form.edition, language=form.language,
            )
            for n, form in enumerate(papers)
        ]  # fmt: skip
        self.clock.pass_(0.4)
        work = self._claim(State.ACCEPTED)
        opened = claimed.advance(self.ledger, work, State.OPENED, Changes(pages=tuple(range(1, sum(counts) + 1))), KEEP)
        assert opened is not None
        self.clock.pass_(0.6)
        if len(papers) > 1:
            filings = claimed.split(self.ledger, opened, State.RECOGNISED, parts)
        else:
            claimed.advance(self.ledger, opened, State.RECOGNISED, replace(parts[0], pages=None))
            filings = [opened.filing]
        for _ in filings:
            self._judge(self._claim(State.RECOGNISED), verdict, dict(zip(filings, documents, strict=True)))
        return filings

    def _claim(self, state: State) -> Work:
        work = claim(self.ledger, [state], worker="w", lease_seconds=60)
        assert work is not None
        return work

    def _judge(self, work: Work, verdict: Verdict, documents: dict[str, tuple[Document, ...]]) -> None:
        for state, changes, seconds in (
            (State.READ, Changes(), self.chance.uniform(0.5, 2)),
            (State.CHECKED, Changes(verdict=verdict, documents=documents[work.filing]), 0.2),
        ):
            self.clock.pass_(seconds)
            kept = claimed.advance(self.ledger, work, state, changes, KEEP)
            assert kept is not None
            work = kept
        claimed.advance(self.ledger, work, State.WAITING, Changes(reason=verdict.value))

    def _documents(self, form: Definition, verdict: Verdict) -> tuple[Document, ...]:
        """The form as it is judged, with an attachment now and then."""
        asked = [one.key for one in form.fields if one.required]
        text = Text(fi="a", sv="b", en="c")
        missing = Finding(code="missing", field=self.chance.choice(asked[:3]) if asked else None, text=text)
        count = len(form.pages)
        first = Document(
            kind=Kind.FORM, provider=form.provider, form=form.form, edition=form.edition, language=form.language,
            pages=tuple(PageReading(source_page=n) for n in range(1, count + 1)),
            findings=() if verdict is Verdict.COMPLETE else (missing,), verdict=verdict,
            eservice=EService(name="x", url="https://x.example") if form.eservice else None,
        )  # fmt: skip
        if self.chance.random() > WITH_ATTACHMENT:
            return (first,)
        added = Document(kind=Kind.ATTACHMENT, attached_to=0, pages=(PageReading(source_page=count + 1),))
        return (first, added)

    def _end(self, filing: str, form: Definition, how: str) -> None:
        """The advisor's decision, the way to the authority, and its answer."""
        self.clock.pass_(self.chance.lognormvariate(4.6, 0.6))
        if self.chance.random() < 0.45:
            why = self.chance.choices(list(WHYS), list(WHYS.values()))[0]
            people.note_why(self.ledger, filing, ANNA, why)
        draw = self.chance.random()
        if draw < 0.04 + 0.06 * (form.provider == "te"):
            ending = self.chance.choice(ENDINGS)
            retention.destroy(self.ledger, filing, self.blobs, ANNA, ending)
            self.put_in[ending] += 1
            return
        if draw > 0.995:
            self.put_in["open"] += 1
            return
        self.put_in[how] += 1
        people.release(self.ledger, filing, Person("Anna", reason=None if how == "complete" else "the customer asks"))
        self._send(form)

    def _send(self, form: Definition) -> None:
        work = self._claim(State.READY)
        day, number = self.clock.now().date(), next(self.numbers)
        try:
            facts = facts_of([Document.model_validate(one) for one in work.documents], self.settings.here)
            route = decide(facts, self.rules, self.providers, on=day)
            decided = Decided(day, route.provider, route.unit, route.rule, route.reason, route.version)
            to = Changes(provider=route.provider, unit=route.unit, decided=decided)
        except NoRoute:
            to = Changes(provider=form.provider)
        bundle = Changes(bundle=f"b{number}")
        for state, changes, seconds in (
            (State.ROUTED, to, 11.0), (State.SEALED, bundle, 1.0),
            (State.DELIVERED, Changes(), self.chance.uniform(1, 4)),
        ):  # fmt: skip
            self.clock.pass_(seconds)
            kept = claimed.advance(self.ledger, work, state, changes, KEEP)
            assert kept is not None
            work = kept
        self.put_in["sent"] += 1
        back = self.chance.random() < 0.03
        self.clock.pass_(3600 * self.chance.lognormvariate(1.6, 0.9))
        if self.clock.now().date() > LAST:
            claimed.put_back(self.ledger, work)
            return
        reason = self.chance.choices(list(RETURNS), list(RETURNS.values()))[0] if back else None
        self.put_in["returned"] += back
        claimed.advance(self.ledger, work, State.RETURNED if back else State.CONFIRMED, Changes(reason=reason))

    def purge(self) -> int:
        """Everything that is due a year later is forgotten; returns how many filings."""
        self.clock.wall = datetime(2016, 4, 1, tzinfo=HELSINKI)
        gone = 0
        with self.ledger.day():
            while due := retention.purge_due(self.ledger, self.blobs, timedelta(days=60)):
                gone += due
        return gone


def stats_of(folder: Path) -> dict[str, object]:
    """`stats --json` of the point in `folder`, for the half year."""
    words = ["stats", "--json", "--from", str(FIRST), "--to", str(LAST), "--config", str(folder / "vireille.toml")]
    found: dict[str, object] = json.loads(subprocess.run([VIREILLE, *words], check=True, capture_output=True).stdout)
    return found


def counted(cells: list[list[str | int]]) -> Counter[str]:
    """The figures in the words of what was put in."""
    found: Counter[str] = Counter()
    for _, _, what, of, *_, count in cells:
        if what in {"papers", "returned"}:
            found[str(what)] += int(count)
        elif what == "visits":
            found["handovers"] += int(count)
        elif what == "outcome":
            found[str(of)] += int(count)
    return found


def half_year(folder: Path, name: str, share: float) -> tuple[str, Counter[str], Counter[str], bool, int, float]:
    """One point's half year: what was put in, what is counted, whether a purge changes it, and how long it took."""
    begun = time.monotonic()
    place = place_of(name, name=PILOT[name].name, municipality=None, languages=None, demo=True)
    settings = load_settings(make_point(folder / name, demo=True, place=place))
    point = Point(settings, random.Random(name))
    point.live(share)
    took = time.monotonic() - begun
    found = stats_of(folder / name)
    (folder / f"{name}.json").write_text(json.dumps(found), "utf-8")
    gone = point.purge()
    same = stats_of(folder / name)["figures"] == found["figures"]
    figures = found["figures"]
    assert isinstance(figures, dict)
    return name, point.put_in, counted(figures["cells"]), same, gone, took


def main() -> None:
    """Write the points' ledgers, count, compare."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", nargs="?", type=Path)
    asked.add_argument("--share", type=float, default=0.1, help="of the evaluation's volumes; 1 takes long")
    words = asked.parse_args()
    folder = words.folder or Path(tempfile.mkdtemp(prefix="vireille-"))
    with ProcessPoolExecutor(2) as processes:
        found = list(processes.map(half_year, itertools.repeat(folder), A_MONTH, itertools.repeat(words.share)))
    print(f"{'point':<16}{'put in':>8}{'counted':>8}{'sent':>8}{'counted':>8}{'returned':>9}{'counted':>8}"
          f"{'purged':>8}  same after  seconds")  # fmt: skip
    for name, put_in, seen, same, gone, took in found:
        pairs = "".join(f"{put_in[key]:>8}{seen[key]:>8}" for key in ("papers", "sent", "returned"))
        print(f"{name:<16}{pairs}{gone:>9}  {'yes' if same else 'NO':<10}{took:>9.0f}")
    print(f"the points and their figures are in {folder}; vireille stats merge {folder}/*.json --html report.html")


if __name__ == "__main__":
    main()
