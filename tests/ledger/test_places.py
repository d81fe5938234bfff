"""Places (J-02): work is given out only where its bytes are; what nobody serves is taken up by who has them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.base.states import State
from tests.ledger.conftest import LEASE, Desk
from workers.ledger import Blobs, Ledger, scans, verify
from workers.ledger.claim import claim
from workers.ledger.database import Here
from workers.ledger.places import double_scanners, serve, stranded


def at(desk: Desk, blobs: Blobs) -> Ledger:
    """The same ledger, open at a machine with these blobs."""
    return replace(desk.ledger, here=Here(place=blobs.place(), point="saarijarvi"))


@pytest.fixture
def other(tmp_path: Path, desk: Desk) -> Blobs:
    """Another machine's folder of blobs."""
    return Blobs(tmp_path / "other", desk.vault)


def test_a_folder_has_one_mark_for_good(tmp_path: Path, desk: Desk, other: Blobs) -> None:
    """The same wherever it is opened; another folder has another, and it is no blob."""
    mark = other.place()

    assert Blobs(tmp_path / "other", desk.vault).place() == mark
    assert desk.blobs.place() != mark
    assert list(other.names()) == []


def test_j_02_work_is_claimed_only_where_its_bytes_are(desk: Desk, other: Blobs) -> None:
    """Each machine gets its own, whichever asks first."""
    here, there = at(desk, desk.blobs), at(desk, other)
    filing = scans.accept(here, (desk.new_scan(),)).filing

    assert claim(there, [State.ACCEPTED], worker="b", lease_seconds=LEASE) is None
    work = claim(here, [State.ACCEPTED], worker="a", lease_seconds=LEASE)
    assert work is not None
    assert work.filing == filing


def test_what_a_machine_that_is_up_serves_is_left_to_it(desk: Desk, other: Blobs) -> None:
    """Though its bytes may lie in both folders; only after half an hour without a word it is given up."""
    if desk.ledger.file is not None:
        pytest.skip("an embedded ledger has one machine")
    here, there = at(desk, desk.blobs), at(desk, other)
    scan = desk.new_scan(b"paper")
    scans.accept(here, (scan,))
    serve(here, desk.blobs, ["tiski-1"])
    other.put(b"paper")

    assert serve(there, other, ["tiski-1"]) == 0
    assert stranded(there) == []
    assert [scanner for scanner, _ in double_scanners(there, ["tiski-1"])] == ["tiski-1"]
    desk.clock.pass_(timedelta(minutes=31).total_seconds())
    assert [(one.filings, one.served_by is not None) for one in stranded(there)] == [(1, True)]
    assert double_scanners(there, ["tiski-1"]) == []
    assert serve(there, other, ["tiski-1"]) == 1
    assert claim(there, [State.ACCEPTED], worker="b", lease_seconds=LEASE) is not None


def test_filings_from_before_places_are_taken_up_at_the_start(desk: Desk) -> None:
    """An older ledger's filings have no place: the machine that has their bytes takes them."""
    filing = desk.accept().filing
    here = at(desk, desk.blobs)

    assert claim(here, [State.ACCEPTED], worker="a", lease_seconds=LEASE) is None
    assert serve(here, desk.blobs, ["tiski-1"]) == 1
    work = claim(here, [State.ACCEPTED], worker="a", lease_seconds=LEASE)
    assert work is not None
    assert work.filing == filing


def test_each_machine_verifies_its_own_blobs(desk: Desk, other: Blobs) -> None:
    """On a shared ledger what lies elsewhere is no problem here; on an embedded one all must be here."""
    here, there = at(desk, desk.blobs), at(desk, other)
    scans.accept(here, (desk.new_scan(),))

    found = verify.verify(there, other)

    assert verify.verify(here, desk.blobs) == []
    assert bool(found) == (desk.ledger.file is not None)
