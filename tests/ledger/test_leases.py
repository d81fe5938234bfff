"""Leases and fences: D-01, D-02, D-06, D-07."""

import sqlite3
import threading
from datetime import timedelta

import pytest

from intake.base.errors import Stale
from intake.base.states import State
from tests.ledger.conftest import LEASE, Desk
from workers.ledger import Changes, claimed, reports, verify
from workers.ledger.claim import claim
from workers.ledger.claimed import LONGEST_LEASE_SECONDS, Keep
from workers.ledger.schema import filings

OPENED = Changes(pages=(1, 2))


def test_d_01_the_late_write_of_the_first_worker_is_refused(desk: Desk) -> None:
    """A worker that slept past its lease cannot write over the one that took the filing from it."""
    desk.accept()
    slow = desk.claim(State.ACCEPTED, worker="slow")
    desk.clock.pass_(LEASE + 1)
    quick = desk.claim(State.ACCEPTED, worker="quick")
    assert quick.fence > slow.fence

    with pytest.raises(Stale):
        claimed.advance(desk.ledger, slow, State.OPENED, changes=OPENED)
    with pytest.raises(Stale):
        claimed.heartbeat(desk.ledger, slow, LEASE)
    with pytest.raises(Stale):
        claimed.postpone(desk.ledger, slow, seconds=1, code="away")
    with pytest.raises(Stale):
        claimed.hold(desk.ledger, slow, reason="away")
    claimed.advance(desk.ledger, quick, State.OPENED, changes=OPENED)

    assert desk.state(quick.filing) is State.OPENED


def test_d_01_nobody_else_gets_a_leased_filing(desk: Desk) -> None:
    """Within the lease a filing is in one worker's hands only; after its work it is free again."""
    desk.accept()
    work = desk.claim(State.ACCEPTED)

    assert claim(desk.ledger, [State.ACCEPTED], worker="w2", lease_seconds=LEASE) is None
    claimed.advance(desk.ledger, work, State.OPENED, changes=OPENED)
    assert desk.claim(State.OPENED, worker="w2").filing == work.filing
    with pytest.raises(Stale):
        claimed.advance(desk.ledger, work, State.OPENED, changes=OPENED)


def test_d_01_a_filing_kept_in_hand_has_a_new_fence_and_the_stage_before_can_write_no_more(desk: Desk) -> None:
    """From stage to stage in one worker's hands: nobody else gets it, and it is as a claim would give it."""
    desk.accept()
    first = desk.claim(State.ACCEPTED)

    kept = claimed.advance(desk.ledger, first, State.OPENED, changes=OPENED, keep=Keep("w1", LEASE))

    assert kept is not None
    assert (kept.state, kept.pages, kept.fence) == (State.OPENED, (1, 2), first.fence + 1)
    assert claim(desk.ledger, [State.OPENED], worker="w2", lease_seconds=LEASE) is None
    with pytest.raises(Stale):
        claimed.advance(desk.ledger, first, State.OPENED, changes=OPENED)
    with pytest.raises(Stale):
        claimed.heartbeat(desk.ledger, first, LEASE)
    claimed.advance(desk.ledger, kept, State.RECOGNISED)
    assert desk.claim(State.RECOGNISED, worker="w2").crashes == 0


def test_d_02_a_filing_kept_in_hand_is_free_when_its_lease_ends_and_counts_as_a_crash(desk: Desk) -> None:
    """A worker that dies between two stages is like one that dies in one."""
    desk.accept()
    kept = claimed.advance(
        desk.ledger, desk.claim(State.ACCEPTED), State.OPENED, changes=OPENED, keep=Keep("w1", LEASE)
    )
    assert kept is not None
    desk.clock.pass_(LEASE + 1)

    taken = desk.claim(State.OPENED, worker="w2")

    assert (taken.filing, taken.crashes, taken.fence) == (kept.filing, 1, kept.fence + 1)
    with pytest.raises(Stale):
        claimed.put_back(desk.ledger, kept)


def test_a_13_a_filing_put_back_is_free_at_once_and_nobody_has_crashed(desk: Desk) -> None:
    """A-13: a worker that is told to stop gives back what it has not begun."""
    desk.accept()
    kept = claimed.advance(
        desk.ledger, desk.claim(State.ACCEPTED), State.OPENED, changes=OPENED, keep=Keep("w1", LEASE)
    )
    assert kept is not None

    claimed.put_back(desk.ledger, kept)

    assert desk.claim(State.OPENED, worker="w2").crashes == 0


def test_d_02_a_slow_worker_keeps_its_lease_up_to_a_cap(desk: Desk) -> None:
    """Heartbeats renew the lease, but not for ever."""
    desk.accept()
    work = desk.claim(State.ACCEPTED)
    for _ in range(int(LONGEST_LEASE_SECONDS / 30) - 1):
        desk.clock.pass_(30)
        claimed.heartbeat(desk.ledger, work, LEASE)
        assert claim(desk.ledger, [State.ACCEPTED], worker="w2", lease_seconds=LEASE) is None

    desk.clock.pass_(31)
    with pytest.raises(Stale):
        claimed.heartbeat(desk.ledger, work, LEASE)
    desk.clock.pass_(LEASE)
    assert desk.claim(State.ACCEPTED, worker="w2").filing == work.filing


@pytest.mark.parametrize("jump", [timedelta(days=365), timedelta(days=-1), timedelta(days=9000)])
def test_d_06_a_jump_of_the_wall_clock_changes_no_lease(desk: Desk, jump: timedelta) -> None:
    """Leases and postponements follow the monotonic clock; the order follows sequence numbers, not times."""
    first, second = desk.accept(), desk.accept()
    work = desk.claim(State.ACCEPTED)
    desk.clock.wall += jump

    assert work.filing == first.filing
    assert desk.claim(State.ACCEPTED, worker="w2").filing == second.filing
    assert claim(desk.ledger, [State.ACCEPTED], worker="w3", lease_seconds=LEASE) is None
    claimed.advance(desk.ledger, work, State.OPENED, changes=OPENED)
    assert verify.verify(desk.ledger, desk.blobs) == []


def test_d_07_leases_of_another_boot_have_ended(desk: Desk) -> None:
    """After a reboot, when the monotonic clock starts anew, whatever was leased or postponed is due."""
    desk.accept()
    desk.accept()
    desk.claim(State.ACCEPTED)
    claimed.postpone(desk.ledger, desk.claim(State.ACCEPTED), seconds=1e6, code="away")
    desk.clock.seconds = 1.0

    rebooted = desk.again(boot="boot-2")
    found = [claim(rebooted, [State.ACCEPTED], worker="w", lease_seconds=LEASE) for _ in range(3)]

    assert [work is not None for work in found] == [True, True, False]
    rebooted.close()


def test_j_01_a_claim_passes_by_what_waits_for_its_time(embedded: Desk) -> None:
    """With ten times as many filings waiting for receipts, the next one is found in as many steps of the database."""

    def steps() -> int:
        taken = 0

        def count() -> None:
            nonlocal taken
            taken += 1

        engine = embedded.ledger.engine
        with engine.connect() as connection:
            plain = connection.connection.driver_connection
            assert isinstance(plain, sqlite3.Connection)
            plain.set_progress_handler(count, 1)
        assert claim(embedded.ledger, [State.ACCEPTED], worker="w", lease_seconds=LEASE) is None
        return taken

    def waiting(count: int) -> None:
        for _ in range(count):
            embedded.accept()
        with embedded.ledger.write() as connection:
            connection.execute(filings.update().values(busy_until=embedded.clock.seconds + 1e6, busy_boot="boot-1"))

    waiting(30)
    few = steps()
    waiting(270)

    assert 0 < steps() < 1.5 * few


def test_many_workers_share_the_work_and_none_gets_anothers(desk: Desk) -> None:
    """Four workers at once on one ledger: every filing goes its way exactly once, and the log stays whole."""
    filings = {desk.accept(scanner=f"s{number % 3}").filing for number in range(16)}
    done: list[str] = []

    def work(name: str) -> None:
        ledger = desk.again()
        while True:
            taken = claim(ledger, [State.ACCEPTED], worker=name, lease_seconds=LEASE)
            if taken is None:
                break
            claimed.advance(ledger, taken, State.OPENED, changes=OPENED)
            done.append(taken.filing)
        ledger.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == sorted(filings)
    assert reports.status(desk.ledger)["counts"] == {"opened": 16}
    assert verify.verify(desk.ledger, desk.blobs) == []
