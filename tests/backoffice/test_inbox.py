"""The back office's side: each filing once, whole, answered with a signed receipt."""

import csv
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from intake.base.errors import NotFound, Stale, WrongUse
from tests.backoffice.conftest import Street
from tests.seal.world import NOW, SCAN
from workers.backoffice.answers import ack, return_
from workers.backoffice.inbox import receive, renew
from workers.backoffice.lease import LEASE_FILE
from workers.send.receipt import fetch_receipt


def test_a_filing_comes_out_as_a_folder(street: Street) -> None:
    """The original as it was scanned, the document, its data as JSON and CSV, and the lease."""
    bundle = street.deliver()

    done = receive(street.office, street.out)

    folder = street.out / bundle.bundle_id
    assert [one.bundle for one in done.received] == [bundle.bundle_id]
    assert sorted(path.name for path in folder.iterdir()) == [
        "bundle.json", "data.csv", "data.json", "document.pdf", LEASE_FILE, "original",
    ]  # fmt: skip
    assert (folder / "original/001.pdf").read_bytes() == SCAN
    assert json.loads((folder / "data.json").read_bytes())["fields"]["hetu"]["value"] == "010594Y9032"
    with (folder / "data.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["value"] == "010594Y9032"
    assert folder.stat().st_mode & 0o077 == 0


def test_an_empty_queue_gives_an_empty_round(street: Street) -> None:
    """Not an error."""
    done = receive(street.office, street.out)

    assert (done.received, done.repeated, done.failed) == ((), (), ())


def test_no_more_is_taken_than_asked_for(street: Street) -> None:
    """`--max 2` of three; the third stays for a colleague."""
    for number in range(3):
        street.deliver(f"f{number}")

    done = receive(street.office, street.out, most=2)

    assert len(done.received) == 2
    assert street.queue.stats("vero").waiting == 1


def test_an_acknowledged_filing_is_confirmed_at_the_point(street: Street) -> None:
    """The receipt verifies, names bundle and bytes, and the queue is empty."""
    bundle = street.deliver()
    receive(street.office, street.out)

    receipt = ack(street.office, street.out, bundle.bundle_id)

    there = fetch_receipt(street.store, street.vero, bundle=bundle.bundle_id, sha256=bundle.sha256, now=NOW)
    assert there == receipt
    assert there is not None
    assert (there.outcome, there.reason) == ("accepted", None)
    assert street.queue.stats("vero").depth == 0
    assert (street.out / bundle.bundle_id / "document.pdf").is_file()


def test_acknowledging_twice_is_harmless_and_taking_it_back_is_not_possible(street: Street) -> None:
    """The first answer stands."""
    bundle = street.deliver()
    receive(street.office, street.out)
    first = ack(street.office, street.out, bundle.bundle_id)

    assert ack(street.office, street.out, bundle.bundle_id) == first
    with pytest.raises(WrongUse):
        return_(street.office, street.out, bundle.bundle_id, reason="other")


def test_a_returned_filing_tells_the_point_why(street: Street) -> None:
    """Reason code and note travel in the signed receipt."""
    bundle = street.deliver()
    receive(street.office, street.out)

    return_(street.office, street.out, bundle.bundle_id, reason="wrong_unit", note="belongs to Turku")

    there = fetch_receipt(street.store, street.vero, bundle=bundle.bundle_id, sha256=bundle.sha256, now=NOW)
    assert there is not None
    assert (there.outcome, there.reason, there.note) == ("returned", "wrong_unit", "belongs to Turku")
    assert street.queue.stats("vero").depth == 0


def test_a_reason_that_is_no_code_is_refused(street: Street) -> None:
    """Free text goes into the note."""
    with pytest.raises(WrongUse):
        return_(street.office, street.out, "a" * 32, reason="it was the wrong form, sorry")


@pytest.mark.parametrize("bundle", ["a" * 32, "../../etc", ""])
def test_answering_for_what_is_not_there_is_told(street: Street, bundle: str) -> None:
    """An unknown id, or no id at all."""
    with pytest.raises(NotFound):
        ack(street.office, street.out, bundle)


def test_e10_a_bundle_that_comes_ten_times_is_worked_on_once(street: Street) -> None:
    """Before the answer the folder stays as it is; after it the message is answered again and dropped."""
    bundle = street.deliver()
    receive(street.office, street.out)
    (street.out / bundle.bundle_id / "data.json").write_text("the office's own notes")

    street.clock.pass_(13 * 3600)
    second = receive(street.office, street.out)
    assert (second.received, second.repeated, second.failed) == ((), (), ())

    ack(street.office, street.out, bundle.bundle_id)
    for _ in range(10):
        done = receive(street.office, street.out)
        assert done.received == ()
    assert (street.out / bundle.bundle_id / "data.json").read_text() == "the office's own notes"


def test_e10_a_message_sent_again_after_the_answer_is_dropped_and_answered(street: Street) -> None:
    """Another queue, a week late, the folder long moved away: the receipt stands, nothing is opened."""
    bundle = street.deliver()
    receive(street.office, street.out)
    first = ack(street.office, street.out, bundle.bundle_id)
    (street.out / bundle.bundle_id).rename(street.folder / "archive")
    street.clock.pass_(7 * 86_400)
    from workers.deliver.table import TableQueue

    other = TableQueue(f"sqlite:///{street.folder}/other.sqlite", clock=street.clock)
    other.send(street.message(bundle))

    done = receive(replace(street.office, queue=other), street.out)

    assert done.repeated == (bundle.bundle_id,)
    assert other.stats("vero").depth == 0
    assert not (street.out / bundle.bundle_id).exists()
    assert fetch_receipt(street.store, street.vero, bundle=bundle.bundle_id, sha256=bundle.sha256, now=NOW) == first
    other.close()


def test_leases_of_what_lies_unanswered_are_renewed(street: Street) -> None:
    """An office that receives every hour keeps its filings over a long weekend."""
    bundle = street.deliver()
    receive(street.office, street.out)

    for _ in range(80):
        street.clock.pass_(3600)
        renew(street.office, street.out)
        assert street.queue.receive("vero") is None

    ack(street.office, street.out, bundle.bundle_id)
    assert street.queue.stats("vero").dead == 0


def test_a_lease_lost_to_another_machine_stops_the_answer(street: Street) -> None:
    """No receipt is signed by the slower one."""
    bundle = street.deliver()
    receive(street.office, street.out)
    street.clock.pass_(13 * 3600)
    receive(street.office, street.folder / "other-machine")

    with pytest.raises(Stale):
        ack(street.office, street.out, bundle.bundle_id)
    assert fetch_receipt(street.store, street.vero, bundle=bundle.bundle_id, sha256=bundle.sha256, now=NOW) is None
    ack(street.office, street.folder / "other-machine", bundle.bundle_id)


def test_a_machine_without_a_signing_key_can_read_but_not_answer(street: Street) -> None:
    """The words say what is missing."""
    bundle = street.deliver()
    office = street.with_identity(None)
    receive(office, street.out)

    with pytest.raises(WrongUse, match="--key"):
        ack(office, street.out, bundle.bundle_id)


def test_the_back_office_needs_no_imaging_packages() -> None:
    """A plain `pip install vireille` is enough: nothing of the point's extra is imported."""
    code = (
        "import sys, workers.backoffice.inbox, workers.send.receipt, workers.deliver.connect, workers.seal.keyring; "
        "bad = {'numpy', 'cv2', 'PIL', 'fastapi', 'boto3', 'pypdf'} & set(sys.modules); assert not bad, bad"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
