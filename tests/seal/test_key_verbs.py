"""`keys` as an operator types it: nothing half made, the point's own id, and what to do next."""

import shutil
from pathlib import Path

import pytest

from tests.journeys.test_setup import vireille
from workers.seal import certificates, keyring, keys


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real point, made once."""
    folder = tmp_path_factory.mktemp("made") / "point"
    vireille("init", folder, "--id", "mikkeli")
    return folder


@pytest.fixture
def point(made: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    shutil.copytree(made, tmp_path / "point")
    return tmp_path / "point"


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_new_keys_are_all_made_or_none(point: Path) -> None:
    """One old file in the way: nothing is written, and the line names it."""
    folder = point / "keys"
    for name in ("ca.pem", "ca.key.pem", "point.key.pem"):
        (folder / name).unlink()
    before = _files(folder)

    said = vireille("keys", "new", "point", "--dir", folder, expect=2)

    assert "has point.cert.pem already" in said
    assert _files(folder) == before


def test_a_new_ca_keeps_the_key_for_bundle_ids(point: Path) -> None:
    """Whoever moved certificates away gets new ones under the settings' id; old filings keep their bundle ids."""
    folder = point / "keys"
    before = (folder / "bundle-id.key").read_bytes()
    for name in ("ca.pem", "ca.key.pem", "point.key.pem", "point.cert.pem"):
        (folder / name).unlink()

    said = vireille("keys", "new", "point", "--dir", folder)

    assert "signs for 'mikkeli'" in said
    assert (folder / "bundle-id.key").read_bytes() == before
    assert keyring.load_point(folder).id_key == bytes.fromhex(before.decode())


def test_a_rotated_point_signs_under_the_id_of_its_settings(point: Path) -> None:
    """Also after the id was changed by hand; and nobody is sent to a provider file, for there is nothing to pin."""
    config = point / "vireille.toml"
    config.write_text(config.read_text().replace('id = "mikkeli"', 'id = "ristiina"'))

    said = vireille("keys", "rotate", "point", "--dir", point / "keys")

    assert certificates.common_name(keys.load_certificate(point / "keys" / "point.cert.pem")) == "ristiina"
    assert "nothing to send" in said
    assert "ca.pem is called after 'mikkeli'" in said and "inbox trust ca.pem --point ristiina" in said
    assert "pin" not in said


def test_rotating_without_the_cas_key_says_what_to_bring(point: Path) -> None:
    """It may lie elsewhere, as the folder's own description asks."""
    (point / "keys" / "ca.key.pem").unlink()

    said = vireille("keys", "rotate", "point", "--dir", point / "keys", expect=2)

    assert "ca.key.pem: is not here" in said
    assert "bring it from where it is kept" in said


def test_m4_doctor_says_that_the_cas_key_lies_on_the_points_machine(point: Path) -> None:
    """Whoever has it signs as the point for ten years; it is needed once in two."""
    words = ("doctor", "--config", point / "vireille.toml")

    there = vireille(*words)
    (point / "keys" / "ca.key.pem").rename(point.parent / "ca.key.pem")
    away = vireille(*words)

    assert "note ca.key.pem lies here" in there
    assert "ca.key.pem" not in away


def test_an_authoritys_key_made_at_a_point_is_objected_to(point: Path, tmp_path: Path) -> None:
    """Made at the authority it is not; in both cases the files, what to send and the lines to pin are said."""
    here = vireille("keys", "new", "helsinki", "--dir", point / "keys")
    there = vireille("keys", "new", "helsinki", "--dir", tmp_path / "office")

    for said in (here, there):
        assert "helsinki.cert.pem: send this to the points" in said
        assert "providers add helsinki.cert.pem --provider helsinki" in said
        assert '[[certificates]]\npath = "helsinki.cert.pem"\nfingerprint = "sha256:' in said
    assert "an authority's private key belongs at the authority" in here
    assert "belongs at" not in there


def test_a_folder_without_certificates_is_said_to_be_one(tmp_path: Path) -> None:
    """In place of an empty table."""
    said = vireille("keys", "show", "--dir", tmp_path, expect=4)

    assert f"no certificates in {tmp_path}" in said
