"""A fake clock, and a ledger with its blobs on each kind of database."""

import hashlib
import itertools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from intake.base.arrival import Arrival
from intake.base.states import State
from tests.clock import FakeClock
from tests.ledger import postgres
from workers.ledger import Accepted, Blobs, Changes, Ledger, Vault, Work, claimed, reports, scans
from workers.ledger.claim import claim
from workers.ledger.database import MachineClock
from workers.ledger.opening import open_ledger_at

START = datetime(2015, 3, 2, 9, 0, tzinfo=UTC)
LEASE = 60.0


@dataclass
class Desk:
    """A ledger under test with what is needed to open it once more."""

    url: str
    folder: Path
    clock: FakeClock
    vault: Vault
    ledger: Ledger
    blobs: Blobs
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def again(self, *, boot: str = "boot-1", readonly: bool = False) -> Ledger:
        """The same ledger opened once more, as another process of this or a later boot would."""
        leases = MachineClock(self.clock, boot)
        return open_ledger_at(self.url, clock=self.clock, vault=self.vault, readonly=readonly, leases=leases)

    def new_scan(self, content: bytes | None = None, **values: object) -> Arrival:
        """A scan whose bytes are kept already."""
        content = content if content is not None else f"scan {next(self.numbers)}".encode()
        sha256 = self.blobs.put(content)
        assert sha256 == hashlib.sha256(content).hexdigest()
        given = {"scanner": "tiski-1", "label": "paper.pdf", "handed_over": self.clock.now(), **values}
        return Arrival(sha256=sha256, size=len(content), **given)

    def accept(self, content: bytes | None = None, **values: object) -> Accepted:
        """A scan accepted."""
        return scans.accept(self.ledger, (self.new_scan(content, **values),))

    def claim(self, state: State, *, worker: str = "w1") -> Work:
        """The next filing in `state`, which must be there."""
        work = claim(self.ledger, [state], worker=worker, lease_seconds=LEASE)
        assert work is not None
        return work

    def walk(self, to: State, changes: dict[State, Changes] | None = None) -> str:
        """A new filing of two pages brought along the walk to `to`; returns its id."""
        filing = self.accept().filing
        self.go_on(filing, to, changes)
        return filing

    def go_on(self, filing: str, to: State, changes: dict[State, Changes] | None = None) -> None:
        """Bring the only workable filing along the walk to `to`."""
        walk = [
            State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ, State.CHECKED, State.READY, State.ROUTED,
            State.SEALED, State.DELIVERED, State.CONFIRMED,
        ]  # fmt: skip
        given = {State.OPENED: Changes(pages=(1, 2)), **(changes or {})}
        if to in {State.WAITING, State.HELD, State.RETURNED}:
            before = {State.WAITING: State.CHECKED, State.HELD: State.CHECKED, State.RETURNED: State.DELIVERED}[to]
            walk = [*walk[: walk.index(before) + 1], to]
        start = walk.index(State(str(reports.show(self.ledger, filing)["state"])))
        for now, then in itertools.pairwise(walk[start : walk.index(to) + 1]):
            work = self.claim(now)
            assert work.filing == filing
            claimed.advance(self.ledger, work, then, changes=given.get(then, Changes()))

    def state(self, filing: str) -> State:
        """The filing's state."""
        return State(str(reports.show(self.ledger, filing)["state"]))


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of the test's own, in memory where possible: syncing is tested elsewhere and would be slow here."""
    with tempfile.TemporaryDirectory(prefix="vireille-", dir=postgres.memory_folder()) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server for the whole session."""
    reason = postgres.why_not()
    if reason is not None:
        pytest.skip(reason)
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes the address of an empty database of one kind; on PostgreSQL there is one at a time."""
    numbers = itertools.count()

    def make() -> str:
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path}/data-{next(numbers)}/ledger.db"
        address: str = request.getfixturevalue("postgres_server") % "postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return address

    return make


def make_desk(url: str, folder: Path, clock: FakeClock | None = None) -> Desk:
    """A fresh ledger and its blobs."""
    clock, vault = clock or FakeClock(wall=START), Vault(b"k" * 32)
    ledger = open_ledger_at(url, clock=clock, vault=vault, leases=MachineClock(clock, "boot-1"))
    return Desk(url, folder, clock, vault, ledger, Blobs(folder / "blobs", vault))


@pytest.fixture
def desk(database_url: Callable[[], str], tmp_path: Path) -> Iterator[Desk]:
    """A ledger on SQLite, then on PostgreSQL."""
    made = make_desk(database_url(), tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Desk]:
    """A ledger on SQLite only, for what only the embedded one has: files that break."""
    made = make_desk(f"sqlite:///{tmp_path}/data/ledger.db", tmp_path)
    yield made
    made.ledger.close()
