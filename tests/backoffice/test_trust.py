"""`inbox trust`: an office binds a point's CA certificate to the point's id; what was not signed ends nothing."""

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.backoffice.conftest import Street
from tests.contract.desk import Desk
from tests.seal.test_hostile import enveloped, filing_of
from tests.seal.test_trust import authority, bundle_of, opened
from tests.seal.world import World
from workers.backoffice.inbox import receive
from workers.deliver.folder import FolderStore
from workers.deliver.table import TableQueue
from workers.seal import certificates, keys
from workers.seal.container import container
from workers.seal.der import tlv
from workers.seal.zip import FromBytes, measure


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    """Vero's office over a folder and a SQLite queue."""
    url = f"sqlite:///{tmp_path}/hub/queue.sqlite"
    (tmp_path / "hub").mkdir()
    made = Desk(world, tmp_path, url, TableQueue(url), lambda: None, lambda: 0)
    made.set_up()
    return made


def trust(desk: Desk, *words: object) -> tuple[int, str]:
    """Exit code of `vireille inbox trust`, and all that it said."""
    verb, config = desk.words("list")[:2], desk.words("list")[-2:]
    done = subprocess.run([*verb, "trust", *map(str, words), *config], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_m4_a_towns_ca_is_bound_by_one_command_and_then_its_filings_come(desk: Desk, tmp_path: Path) -> None:
    """Before: `unknown_point`, and what to type. After: received; and `inbox trust` lists the point."""
    town = authority()
    keys.save_certificate(tmp_path / "sent.pem", town.certificate)
    keys.save_certificate(tmp_path / "keys/town.ca.pem", town.certificate)
    made = bundle_of(town, desk.world, tmp_path)
    desk.hand_over(made.bundle_id, made.path.read_bytes(), hash_of(made.path))

    before = desk.inbox("receive")
    nameless = trust(desk, tmp_path / "sent.pem")
    bound = trust(desk, tmp_path / "sent.pem", "--point", "saarijarvi")
    again = trust(desk, tmp_path / "sent.pem", "--point", "saarijarvi")
    other = trust(desk, tmp_path / "sent.pem", "--point", "oulu")
    listed = trust(desk)

    assert f"{made.bundle_id}: not opened (unknown_point)" in before.stdout
    assert "bind it with 'vireille inbox trust'" in before.stdout
    assert nameless[0] == 2 and "say which it is with --point" in nameless[1]
    assert bound[0] == again[0] == 0
    assert "is trusted to sign for it, and for no other point" in bound[1]
    assert other[0] == 2 and "binds it to 'saarijarvi'" in other[1]
    assert keys.fingerprint(town.certificate) in listed[1]
    assert sorted(path.name for path in (tmp_path / "keys").glob("*ca.pem")) == ["0-ca.pem", "town.ca.pem"]


def test_m4_a_point_that_signs_as_another_is_refused_by_the_inbox(desk: Desk, tmp_path: Path) -> None:
    """Both are trusted; mallory's bundle in saarijarvi's name is blamed, the honest one behind it is received."""
    mallory = certificates.new_ca("mallory", now=desk.world.ca.certificate.not_valid_before_utc)
    keys.save_certificate(tmp_path / "mallory.pem", mallory.certificate)
    code, said = trust(desk, tmp_path / "mallory.pem")
    forged = bundle_of(mallory, desk.world, tmp_path, name="forged")
    desk.hand_over(forged.bundle_id, forged.path.read_bytes(), hash_of(forged.path))
    (good,) = desk.send("good")

    done = desk.inbox("receive")

    assert (code, "mallory: sha256:" in said) == (0, True)
    assert f"{forged.bundle_id}: not opened (not_fit)" in done.stdout
    assert "signed in the name of 'saarijarvi' under the CA of 'mallory'" in done.stdout
    assert desk.there() == {good}


def test_no_certificate_of_a_ca_is_not_trusted(desk: Desk, tmp_path: Path) -> None:
    """A provider's own, handed in by mistake."""
    code, said = trust(desk, tmp_path / "keys/vero.cert.pem", "--point", "saarijarvi")

    assert code == 2
    assert "vero.cert.pem" in said and "not one of a CA" in said
    assert not (tmp_path / "keys/points.toml").exists()


def test_h6_a_signature_nested_without_end_ends_no_service(desk: Desk, tmp_path: Path) -> None:
    """Anybody with the provider's certificate can make one; `inbox receive` names it and takes what lies behind it."""
    good_one = desk.sealed("model")
    signature = b"\x05\x00"
    for _ in range(20_000):
        signature = tlv(0x30, len(signature)) + signature
    inner = measure("filing.zip", FromBytes(filing_of(opened(good_one.path, desk.world))))
    made = enveloped(desk.world, b"".join(container(inner, signature).chunks()), tmp_path / "made.p7m")
    desk.hand_over("ab" * 16, made.read_bytes(), hash_of(made))
    (good,) = desk.send("good")

    done = desk.inbox("receive")

    assert done.returncode == 3
    assert f"{'ab' * 16}: not opened (malformed)" in done.stdout
    assert desk.there() == {good}


def test_h6_strangers_messages_without_a_bundle_end_no_round(street: Street) -> None:
    """Five urgent messages that name no object come first in every round; what lies behind them is received."""
    for number in range(5):
        said = street.message(street.seal(f"ghost{number}")).model_copy(update={"priority": "urgent"})
        street.queue.send(said)
    good = street.deliver("good")

    done = receive(street.office, street.out)

    assert [one.code for one in done.failed] == ["not_found"] * 5
    assert [one.bundle for one in done.received] == [good.bundle_id]


def test_h6_filings_for_strangers_make_way_for_those_behind_them(street: Street) -> None:
    """Three that are sealed to another key end one round; the next rounds do not begin with them again."""
    for number in range(3):
        bundle = street.seal(f"strange{number}", [street.world.kela])
        street.store.put(f"vero/{bundle.bundle_id}.p7m", bundle.path, bundle.sha256)
        street.queue.send(street.message(bundle).model_copy(update={"priority": "urgent"}))
    good = street.deliver("good")

    first = receive(street.office, street.out)
    street.clock.pass_(61)
    second = receive(street.office, street.out)

    assert [one.code for one in first.failed] == ["no_key"] * 3
    assert second.failed == ()
    assert [one.bundle for one in second.received] == [good.bundle_id]


def test_h6_a_fault_of_a_library_over_one_bundle_ends_nothing(street: Street) -> None:
    """A store's library breaks over one object: it is named and tried again, the next filing is received."""
    bad, good = street.deliver("bad"), street.deliver("good")

    class Broken(FolderStore):
        def get(self, key: str, target: Path) -> str:
            if bad.bundle_id in key:
                raise RuntimeError("a fault nobody foresaw")
            return super().get(key, target)

    done = receive(replace(street.office, store=Broken(street.store.root)), street.out)

    assert [(one.bundle, one.code) for one in done.failed] == [(bad.bundle_id, "unexpected")]
    assert "please report it" in done.failed[0].message
    assert [one.bundle for one in done.received] == [good.bundle_id]
    assert done.ended is None
