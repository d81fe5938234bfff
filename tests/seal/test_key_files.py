"""How keys, certificates and passphrases lie on the disk."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from intake.base.errors import BadFile, VireilleError, WrongUse
from tests.seal.world import World
from workers.seal import keyring, keys


def test_keys_lie_locked_and_private_on_the_disk(world: World, tmp_path: Path) -> None:
    """Mode 0600, encrypted under the passphrase, unreadable without it, never overwritten."""
    path = tmp_path / "vero.key.pem"
    keys.save_key(path, world.vero.key, b"right")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    assert keys.key_fingerprint(keys.load_key(path, b"right").public_key()) == keys.key_fingerprint(
        world.vero.key.public_key()
    )
    for wrong in (None, b"wrong"):
        with pytest.raises(BadFile):
            keys.load_key(path, wrong)
    with pytest.raises(WrongUse):
        keys.save_key(path, world.vero.key)


def test_a_key_that_others_can_read_is_refused_with_the_way_out(world: World, tmp_path: Path) -> None:
    """As ssh does."""
    path = tmp_path / "vero.key.pem"
    keys.save_key(path, world.vero.key)
    path.chmod(0o644)

    with pytest.raises(BadFile, match="chmod 600"):
        keys.load_key(path)


def test_a_certificate_and_key_that_do_not_belong_together_are_refused(world: World, tmp_path: Path) -> None:
    """Swapped files are noticed at start, not at the first bundle."""
    keys.save_certificate(tmp_path / "a.cert.pem", world.vero.certificate)
    keys.save_key(tmp_path / "a.key.pem", world.kela.key)

    with pytest.raises(BadFile, match="not the key of"):
        keys.load_identity(tmp_path / "a.cert.pem", tmp_path / "a.key.pem")


@pytest.mark.parametrize("junk", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_files_that_hold_no_key_or_certificate_are_told_by_name(tmp_path: Path, junk: bytes) -> None:
    """Wrong files are an operator's error, with the file's name."""
    path = tmp_path / "x.pem"
    path.write_bytes(junk)
    path.chmod(0o600)

    for load in (keys.load_key, keys.load_certificate, keys.load_id_key, keyring.load_cas):
        with pytest.raises(VireilleError, match=r"x\.pem"):
            load(path)


def test_the_passphrase_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    """The file wins; an empty file is an error, an unset variable is none."""
    place = tmp_path / "secret"
    place.write_text("from file\n")

    assert keys.passphrase(environ={}) is None
    assert keys.passphrase(environ={"VIREILLE_KEY_PASSPHRASE": "from env"}) == b"from env"
    both = {"VIREILLE_KEY_PASSPHRASE": "x", "VIREILLE_KEY_PASSPHRASE_FILE": str(place)}
    assert keys.passphrase(environ=both) == b"from file"
    place.write_text("\n")
    with pytest.raises(BadFile):
        keys.passphrase(environ=both)


def test_openssl_reads_the_keys_we_write(world: World, tmp_path: Path) -> None:
    """PKCS #8, also when locked."""
    keys.save_key(tmp_path / "k.pem", world.vero.key, b"right")

    again = serialization.load_pem_private_key((tmp_path / "k.pem").read_bytes(), b"right")

    assert isinstance(again, ec.EllipticCurvePrivateKey)
