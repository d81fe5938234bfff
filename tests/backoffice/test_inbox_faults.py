"""E-11, E-12, F-01 to F-04 at the office: what does not fit, does not come, or comes while keys change."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.base.errors import Away, Denied, VireilleError
from tests.backoffice.conftest import Street
from tests.seal.world import NOW, opener
from workers.backoffice.answers import ack
from workers.backoffice.inbox import overview, receive
from workers.deliver.folder import FolderStore
from workers.deliver.ports import Conflict, deliver
from workers.send.receipt import Receipt, earlier_receipt, fetch_receipt


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
    """One bundle that is none; the next one arrives; the inbox sees the code."""
    poison = street.seal("poison")
    poison.path.write_bytes(b"no bundle")
    poison = replace(poison, sha256=hashlib.sha256(b"no bundle").hexdigest())
    deliver(poison.path, street.message(poison), street.store, street.queue)
    good = street.deliver("good")

    first = receive(street.office, street.out)
    for _ in range(2):
        street.clock.pass_(61)
        receive(street.office, street.out)
    street.clock.pass_(61)

    assert [one.code for one in first.failed] == ["malformed"]
    assert [one.bundle for one in first.received] == [good.bundle_id]
    dead = overview(street.office).dead
    assert [(letter.message.bundle, letter.code) for letter in dead] == [(poison.bundle_id, "malformed")]
    assert sorted(path.name for path in street.out.iterdir()) == [good.bundle_id]


def test_f01_bytes_that_are_not_those_of_the_message_are_not_opened(street: Street) -> None:
    """The store was altered under a message."""
    bundle = street.deliver()
    path = street.store.root / "vero" / f"{bundle.bundle_id}.p7m"
    path.write_bytes(path.read_bytes() + b"\0")

    done = receive(street.office, street.out)

    assert [one.code for one in done.failed] == ["altered"]
    assert list(street.out.iterdir()) == []


def test_f01_a_good_bundle_that_is_not_the_one_announced_is_not_opened(street: Street) -> None:
    """Another sealing of the very same filing, whole and honest, but with other bytes than the message says."""
    bundle = street.deliver()
    bundle.path.unlink()
    other = street.seal()
    (street.store.root / "vero" / f"{bundle.bundle_id}.p7m").write_bytes(other.path.read_bytes())

    done = receive(street.office, street.out)

    assert [one.code for one in done.failed] == ["altered"]
    assert list(street.out.iterdir()) == []


def test_f02_a_message_that_names_another_unit_than_the_signed_content_is_refused(street: Street) -> None:
    """Readdressed in the queue."""
    bundle = street.seal()
    street.store.put(f"vero/{bundle.bundle_id}.p7m", bundle.path, bundle.sha256)
    street.queue.send(street.message(bundle).model_copy(update={"unit": "turku"}))

    assert [one.code for one in receive(street.office, street.out).failed] == ["altered"]


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
        assert receive(replace(street.office, store=Broken(street.store.root)), street.out).ended is problem
        street.clock.pass_(61)

    assert street.queue.stats("vero").dead == 0
    assert [one.bundle for one in receive(street.office, street.out).received] == [bundle.bundle_id]


def test_an_unreachable_store_gives_the_message_back(street: Street) -> None:
    """Away is told to the caller; nothing is left; the filing comes later."""

    class Broken(FolderStore):
        def get(self, key: str, target: Path) -> str:
            raise Away("the share is gone")

    bundle = street.deliver()

    ended = receive(replace(street.office, store=Broken(street.store.root)), street.out).ended
    assert isinstance(ended, Away)
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
