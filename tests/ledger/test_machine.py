"""The ledger beside a small model (T12): papers given, taken, moved, crashed, reopened, in any order."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from intake.base.errors import Stale, WrongUse
from intake.base.states import STANDING, TRANSITIONS, State
from tests.ledger import postgres
from tests.ledger.conftest import LEASE, make_desk
from workers.journey import COUNTER, POST, RECEIPTS
from workers.ledger import Changes, Person, Work, claimed, joins, people, reports, retention, verify
from workers.ledger.claim import claim

MAIJA = Person(advisor="M", reason="r")
_FORWARD = {
    State.ACCEPTED: State.OPENED, State.OPENED: State.RECOGNISED, State.RECOGNISED: State.READ,
    State.READ: State.CHECKED, State.CHECKED: State.WAITING, State.READY: State.ROUTED, State.ROUTED: State.SEALED,
    State.SEALED: State.DELIVERED, State.DELIVERED: State.CONFIRMED,
}  # fmt: skip


class LedgerMachine(RuleBasedStateMachine):
    """Rules are what can happen to a point; the model is which papers were acknowledged."""

    works = Bundle("works")

    @initialize()
    def start(self) -> None:
        """A fresh point."""
        self.folder = tempfile.TemporaryDirectory(prefix="vireille-", dir=postgres.memory_folder())
        self.desk = make_desk(f"sqlite:///{self.folder.name}/data/ledger.db", Path(self.folder.name))
        self.given: dict[bytes, str] = {}
        self.sealed = 0

    @rule(content=some.sampled_from([b"a", b"b", b"c", b"d"]), scanner=some.sampled_from(["s1", "s2"]))
    def accept(self, content: bytes, scanner: str) -> None:
        """A paper arrives, perhaps not for the first time."""
        accepted = self.desk.accept(content, scanner=scanner)
        assert accepted.repeat == (content in self.given)
        self.given[content] = accepted.scan

    @rule(target=works, state=some.sampled_from([*COUNTER, *POST, *RECEIPTS]))
    def claim(self, state: State) -> object:
        """A worker takes what is next in one state, if anything is."""
        work = claim(self.desk.ledger, [state], worker="w", lease_seconds=LEASE)
        return multiple() if work is None else work

    @rule(work=consumes(works), split=some.booleans())
    def finish(self, work: Work, split: bool) -> None:
        """It writes what it found, unless somebody overtook it; twice never works."""
        to = _FORWARD[work.state]
        changes = Changes(pages=(1, 2, 3)) if work.state is State.ACCEPTED else Changes(facts={"seen": work.fence})
        if work.state is State.ROUTED:
            self.sealed += 1
            changes = Changes(bundle=f"b{self.sealed}")
        if work.state is State.DELIVERED:
            changes = Changes(receipt=b"signed")
        try:
            if work.state is State.OPENED and split and len(work.pages) > 1:
                parts = [Changes(pages=work.pages[:1]), Changes(pages=work.pages[1:])]
                claimed.split(self.desk.ledger, work, to, parts)
            else:
                claimed.advance(self.desk.ledger, work, to, changes=changes)
        except Stale:
            return
        for again in (to, State.HELD):
            try:
                claimed.advance(self.desk.ledger, work, again)
            except Stale:
                continue
            msg = "a second write of the same work went through"
            raise AssertionError(msg)

    @rule(work=consumes(works), code=some.sampled_from(["away", "unexpected"]))
    def fail(self, work: Work, code: str) -> None:
        """Its stage fails."""
        try:
            claimed.postpone(self.desk.ledger, work, seconds=30, code=code)
        except Stale:
            return

    @rule(work=consumes(works))
    def refuse(self, work: Work) -> None:
        """The scan turns out not to open."""
        try:
            claimed.refuse_scan(self.desk.ledger, work, "damaged")
        except Stale:
            return

    @rule(seconds=some.sampled_from([1.0, 40.0, LEASE + 1, 100_000.0]))
    def time_passes(self, seconds: float) -> None:
        """Leases and postponements run out."""
        self.desk.clock.pass_(seconds)

    @rule(boot=some.sampled_from(["boot-1", "boot-2"]))
    def restart(self, boot: str) -> None:
        """The process, or the machine, starts anew."""
        self.desk.ledger.close()
        self.desk.ledger = self.desk.again(boot=boot)

    @rule(number=some.integers(0, 10), what=some.sampled_from(["release", "hold", "join", "part", "destroy"]))
    def decide(self, number: int, what: str) -> None:
        """A person decides about some filing; what is not possible is refused."""
        filings = [str(filing["id"]) for filing in reports.status(self.desk.ledger)["filings"]]
        if not filings:
            return
        filing, other = filings[number % len(filings)], filings[(number + 1) % len(filings)]
        ledger = self.desk.ledger
        try:
            match what:
                case "release":
                    people.release(ledger, filing, MAIJA)
                case "hold":
                    people.hold(ledger, filing, MAIJA)
                case "join":
                    joins.join(ledger, filing, other, MAIJA)
                case "part":
                    joins.part(ledger, filing, MAIJA)
                case "destroy":
                    retention.destroy(ledger, filing, self.desk.blobs, MAIJA)
        except WrongUse:
            return

    @rule()
    def purge(self) -> None:
        """What is confirmed long enough is forgotten, and orphans are swept."""
        from datetime import timedelta

        retention.purge_due(self.desk.ledger, self.desk.blobs, timedelta(hours=1))
        verify.sweep_orphans(self.desk.ledger, self.desk.blobs)

    @invariant()
    def everything_acknowledged_is_accounted_for(self) -> None:
        """P1, P5, P9: each paper is among the scans or the refused, each page in one filing, each change allowed."""
        if not hasattr(self, "desk"):
            return
        ledger = self.desk.ledger
        status = reports.status(ledger)
        known = {scan["sha256"] for scan in status["scans"]} | {one["sha256"] for one in status["refused"]}
        assert known == set(self.given.values())
        assert verify.verify(ledger, self.desk.blobs) == []
        assert all(State(str(filing["state"])) in STANDING for filing in status["filings"])
        for filing in status["filings"]:
            events = reports.show(ledger, str(filing["id"]))["events"]
            moves = [(event["from"], event["to"]) for event in events if event["to"] and event["from"]]
            assert all(start == end or (State(start), State(end)) in TRANSITIONS for start, end in moves)
            last = [event["to"] for event in events if event["to"]][-1]
            assert last == filing["state"]

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "desk"):
            self.desk.ledger.close()
            self.folder.cleanup()


LedgerMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLedgerMachine = LedgerMachine.TestCase
