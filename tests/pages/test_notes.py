"""What the advisor should tell whatever the verdict, on the page of the filing."""

from datetime import UTC, datetime

import pytest

from intake.base.arrival import Arrival
from intake.base.filing import Kind
from intake.base.states import State
from intake.check import attachment_kind
from tests.pages.conftest import Counter
from workers.journey import COUNTER
from workers.ledger import Changes, claimed, scans
from workers.ledger.claim import claim


def handed_over_with(counter: Counter, title: str) -> str:
    """A form was read, and beside it a paper with this title; the filing's id."""
    scan = counter.blobs.put(title.encode())
    arrived = datetime(2015, 3, 2, 10, 0, tzinfo=UTC)
    filing = scans.accept(counter.ledger, (Arrival("tiski-1", "scan.pdf", len(title), arrived, sha256=scan),)).filing
    form = {"kind": Kind.FORM, "provider": "kela", "form": "kela-sv4", "edition": "2014-09", "language": "fi"}
    for state, changes in (
        (State.OPENED, Changes(pages=(1, 2))),
        (State.RECOGNISED, Changes(**form)),
        (State.READ, Changes(facts={"beside": [attachment_kind(title)]})),
    ):
        work = claim(counter.ledger, COUNTER, worker="test", lease_seconds=60)
        assert work is not None
        claimed.advance(counter.ledger, work, state, changes=changes)
    return filing


@pytest.mark.parametrize(
    ("title", "where"),
    [
        ("Kela KM 1 Koulumatkatukihakemus", "oppilaitokseen"),
        ("Vakuutuskassan päivärahahakemus", "kassaan"),
        ("Hakemus: täydentävä toimeentulotuki", "haetaan kunnasta"),
    ],
)
def test_a_paper_that_goes_to_somebody_else_is_told(counter: Counter, title: str, where: str) -> None:
    """KM 1 goes to the school, a fund's claim to the fund, supplementary assistance to the municipality."""
    filing = handed_over_with(counter, title)

    assert where in counter.client.get(f"/filing/{filing}?language=fi").text
    assert where not in counter.client.get(f"/filing/{counter.filing}?language=fi").text
