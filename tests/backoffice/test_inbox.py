"""The back office's side: each filing once, whole, answered with a signed receipt."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.base.errors import Away, Denied, NotFound, Stale, VireilleError, WrongUse
from tests.backoffice.conftest import Street
from tests.seal.world import NOW, SCAN, opener
from workers.backoffice.inbox import ack, overview, receive, renew, return_
from workers.backoffice.lease import LEASE_FILE
from workers.confirm import Receipt, earlier_receipt, fetch_receipt
from workers.deliver.folder import FolderStore
from workers.deliver.outbox import deliver
from workers.deliver.ports import Conflict


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


def test_e11_a_message_without_its_object_waits_and_is_reported(street: Street) -> None:
    """The office says so; when the object comes, the filing comes."""
    bundle = street.deliver()
    path = street.store.root / "vero" / f"{bundle.bundle_id}.p7m"
    data = path.read_bytes()
    path.unlink()

    failed = receive(street.office, street.out)
    path.write_bytes(data)
    street.clock.pass_(61)
    done = receive(street.office, street.out)

    assert [(one.bundle, one.code) for one in failed.failed] == [(bundle.bundle_id, "not_found")]
    assert [one.bundle for one in done.received] == [bundle.bundle_id]


def test_e12_what_cannot_be_opened_becomes_a_dead_letter_and_the_rest_goes_on(street: Street) -> None:
    """One bundle for a key nobody has; the next one arrives; the console sees the code."""
    poison = street.deliver("poison", recipients=[street.world.kela])
    good = street.deliver("good")

    first = receive(street.office, street.out)
    for _ in range(2):
        street.clock.pass_(61)
        receive(street.office, street.out)
    street.clock.pass_(61)

    assert [one.code for one in first.failed] == ["untrusted"]
    assert [one.bundle for one in first.received] == [good.bundle_id]
    dead = overview(street.office).dead
    assert [(letter.message.bundle, letter.code) for letter in dead] == [(poison.bundle_id, "untrusted")]
    assert sorted(path.name for path in street.out.iterdir()) == [good.bundle_id]


def test_f01_bytes_that_are_not_those_of_the_message_are_not_opened(street: Street) -> None:
    """The store was altered under a message."""
    bundle = street.deliver()
    path = street.store.root / "vero" / f"{bundle.bundle_id}.p7m"
    path.write_bytes(path.read_bytes() + b"\0")

    done = receive(street.office, street.out)

    assert [one.code for one in done.failed] == ["untrusted"]
    assert list(street.out.iterdir()) == []


def test_f01_a_good_bundle_that_is_not_the_one_announced_is_not_opened(street: Street) -> None:
    """Another sealing of the very same filing, whole and honest, but with other bytes than the message says."""
    bundle = street.deliver()
    bundle.path.unlink()
    other = street.seal()
    (street.store.root / "vero" / f"{bundle.bundle_id}.p7m").write_bytes(other.path.read_bytes())

    done = receive(street.office, street.out)

    assert [one.code for one in done.failed] == ["untrusted"]
    assert list(street.out.iterdir()) == []


def test_f02_a_message_that_names_another_unit_than_the_signed_content_is_refused(street: Street) -> None:
    """Readdressed in the queue."""
    bundle = street.seal()
    street.store.put(f"vero/{bundle.bundle_id}.p7m", bundle.path, bundle.sha256)
    street.queue.send(street.message(bundle).model_copy(update={"unit": "turku"}))

    assert [one.code for one in receive(street.office, street.out).failed] == ["untrusted"]


@pytest.mark.parametrize(("age_days", "taken"), [(1, True), (365, True), (401, False)])
def test_f03_a_bundle_from_long_ago_is_not_taken(street: Street, age_days: int, taken: bool) -> None:
    """Beyond the age for which ids are surely remembered, a replay cannot be told from a late delivery."""
    street.deliver(handed_over=NOW - timedelta(days=age_days))

    done = receive(street.office, street.out)

    assert len(done.received) == int(taken)
    assert [one.code for one in done.failed] == ([] if taken else ["too_old"])


@pytest.mark.parametrize("problem", [Away("the share is gone"), Denied("wrong credentials")])
def test_the_offices_own_trouble_kills_no_message(street: Street, problem: VireilleError) -> None:
    """Twenty rounds against a store that is away or says no: nothing dies, and then it comes."""

    class Broken(FolderStore):
        def get(self, key: str, target: Path) -> str:
            raise problem

    bundle = street.deliver()
    for _ in range(20):
        with pytest.raises(type(problem)):
            receive(replace(street.office, store=Broken(street.store.root)), street.out)
        street.clock.pass_(61)

    assert street.queue.stats("vero").dead == 0
    assert [one.bundle for one in receive(street.office, street.out).received] == [bundle.bundle_id]


def test_an_unreachable_store_gives_the_message_back(street: Street) -> None:
    """Away is told to the caller; nothing is left; the filing comes later."""

    class Broken(FolderStore):
        def get(self, key: str, target: Path) -> str:
            raise Away("the share is gone")

    bundle = street.deliver()

    with pytest.raises(Away):
        receive(replace(street.office, store=Broken(street.store.root)), street.out)
    street.clock.pass_(61)

    assert [one.bundle for one in receive(street.office, street.out).received] == [bundle.bundle_id]


def test_f04_the_office_changes_its_key_while_a_bundle_is_under_way(street: Street) -> None:
    """Sealed to the old key; the office has both and signs with the new one, which the point pins too."""
    from routing_rules.providers import Certificate
    from workers.seal import keyring, keys

    bundle = street.deliver()
    new = keyring.new_provider(street.folder / "keys", "vero", now=NOW)
    office = replace(street.office, openers=(opener(new), opener(street.world.vero)), identity=new)
    receive(office, street.out)
    ack(office, street.out, bundle.bundle_id)

    pinned = Certificate(path=street.folder / "keys/vero.cert.pem", fingerprint=keys.fingerprint(new.certificate))
    both = street.vero.model_copy(update={"certificates": (*street.vero.certificates, pinned)})
    assert fetch_receipt(street.store, both, bundle=bundle.bundle_id, sha256=bundle.sha256, now=NOW) is not None


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
        "import sys; import workers.backoffice.inbox, workers.confirm, workers.deliver.connect, workers.seal.keyring; "
        "bad = {'numpy', 'cv2', 'PIL', 'fastapi', 'boto3', 'pypdf'} & set(sys.modules); assert not bad, bad"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)

    assert done.returncode == 0, done.stderr


def test_f01_what_a_crash_left_half_opened_is_swept(street: Street) -> None:
    """Plaintext of an opening that was killed goes at the next round after its lease; a fresh one stays."""
    for seconds_ago in (10, 10_000):
        started = int(street.clock.now().timestamp()) - seconds_ago
        (street.out / f".vireille-tmp-{started}-abcd" / "filing").mkdir(parents=True)

    receive(street.office, street.out)

    assert len([path for path in street.out.iterdir() if path.name.startswith(".vireille-tmp-")]) == 1


def test_after_a_restore_the_earlier_sealing_is_known_by_its_receipt(street: Street) -> None:
    """The ledger forgot and sealed again: same id, other bytes. What lies there was ours if it was answered."""
    first = street.deliver()
    key = street.message(first).object
    street.folder.joinpath("sealed", first.path.name).unlink()
    again = street.seal()
    with pytest.raises(Conflict):
        deliver(again.path, street.message(again), street.store, street.queue)

    def known() -> Receipt | None:
        return earlier_receipt(street.store, street.vero, bundle=again.bundle_id, key=key, now=NOW)

    assert known() is None
    receive(street.office, street.out)
    receipt = ack(street.office, street.out, first.bundle_id)
    assert known() == receipt
    assert receipt.sha256 == first.sha256 != again.sha256
