"""Several machines of one point on one PostgreSQL: they know the same people, sessions and failed tries."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from intake.base.settings import LedgerAt
from tests.access.conftest import PASSWORD, settings_in
from tests.clock import FakeClock
from tests.ledger import postgres
from workers.access.people import add, anybody, remove
from workers.access.sessions import NotSignedIn, SignedIn, sign_in, who_has
from workers.access.store import Access, open_access
from workers.access.table import Role
from workers.access.tries import FREE


@pytest.fixture
def server() -> Iterator[str]:
    """A PostgreSQL server on which nobody has an account yet."""
    if why := postgres.why_not():
        pytest.skip(why)
    with postgres.server() as address:
        yield address % "postgres"


@pytest.fixture
def machines(server: str, tmp_path: Path) -> Iterator[tuple[Access, Access]]:
    """Two machines of one point, which start at the same moment on an empty server."""
    clock = FakeClock()
    settings = settings_in(tmp_path).model_copy(update={"ledger": LedgerAt(url=server)})
    with ExitStack() as stack, ThreadPoolExecutor() as threads:
        first, second = threads.map(lambda _: stack.enter_context(open_access(settings, clock)), range(2))
        yield first, second


@pytest.mark.slow
def test_who_signs_in_at_one_machine_is_signed_in_at_the_other(machines: tuple[Access, Access]) -> None:
    """One account, one session, one end."""
    here, there = machines
    add(here, "aino", "Aino", [Role.ADVISOR], PASSWORD)
    done = sign_in(here, "aino", PASSWORD, address="192.0.2.1", device=None)
    assert isinstance(done, SignedIn)

    known = who_has(there, done.session)
    remove(there, "aino")

    assert known is not None
    assert (known.shown, known.roles) == ("Aino", (Role.ADVISOR,))
    assert who_has(here, done.session) is None
    assert not anybody(here)


@pytest.mark.slow
def test_guesses_sent_at_once_at_both_machines_are_counted_one_by_one(machines: tuple[Access, Access]) -> None:
    """G-04: who asks two machines at the same moment has no more tries than who asks one."""
    add(machines[0], "eero", "Eero", [Role.ADVISOR], PASSWORD)

    def guess(number: int) -> float:
        done = sign_in(machines[number % 2], "eero", "a guess", address=f"192.0.2.{number}", device=None)
        assert isinstance(done, NotSignedIn)
        return done.wait_seconds

    with ThreadPoolExecutor(16) as threads:
        waits = list(threads.map(guess, range(30)))

    assert waits.count(0.0) == FREE
