"""The bundle as outside parties meet it: stock tools open and verify it, and it says what was sealed."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from intake.base.errors import Damaged, Unsealable, WrongUse
from tests.seal.world import DOCUMENT, NOW, SCAN, World, filing, opener, run, sealed, written
from workers.seal import keys
from workers.seal.manifest import from_json, to_json
from workers.seal.open import open_bundle
from workers.seal.seal import Original, SealInput, seal
from workers.seal.zip import Archive, FromBytes, measure


@pytest.mark.parametrize("kind", ["vero", "vero_rsa"])
def test_stock_openssl_and_unzip_open_and_verify_a_bundle(world: World, tmp_path: Path, kind: str) -> None:
    """The four commands of the contract, run as they stand."""
    bundle = sealed(world, tmp_path, [world.vero, world.vero_rsa])
    certificate, key = written(getattr(world, kind), tmp_path, "vero")
    keys.save_certificate(tmp_path / "ca.pem", world.ca.certificate)

    decrypt = run(
        f"openssl cms -decrypt -binary -inform DER -in {bundle.path} -inkey {key} -recip {certificate} -out b.asics",
        tmp_path,
    )
    outer = run("unzip b.asics", tmp_path)
    verify = run(
        "openssl cms -verify -cades -binary -inform DER -in META-INF/signature.p7s -content filing.zip "
        "-CAfile ca.pem -purpose any -out /dev/null",
        tmp_path,
    )
    inner = run("unzip filing.zip", tmp_path)

    assert [step.returncode for step in (decrypt, outer, verify, inner)] == [0, 0, 0, 0], verify.stderr
    assert "CAdES Verification successful" in verify.stderr
    assert (tmp_path / "original/001.pdf").read_bytes() == SCAN
    assert (tmp_path / "document.pdf").read_bytes() == DOCUMENT


def test_bundle_json_says_everything_the_contract_lists(world: World, tmp_path: Path) -> None:
    """Recipients, unit, point, page order, fields, findings, overrides, routing, versions, hashes of all files."""
    bundle = sealed(world, tmp_path)
    open_bundle(bundle.path, [opener(world.vero)], world.trusted, tmp_path / "out", now=NOW)

    told = json.loads((tmp_path / "out/bundle.json").read_bytes())

    assert told["schema"] == 2
    assert (told["bundle"], told["point"], told["provider"], told["unit"]) == (
        bundle.bundle_id, "saarijarvi", "vero", "jyvaskyla",
    )  # fmt: skip
    assert told["recipients"] == [keys.fingerprint(world.vero.certificate)]
    assert [page["source_page"] for page in told["pages"]] == [2, 1]
    assert told["fields"]["hetu"]["value"] == "010594Y9032"
    assert told["overrides"][0]["reason"] == "signs later"
    assert told["routing"]["rule_set"] == "3f2a"
    assert told["files"] == {
        "original/001.pdf": {"sha256": hashlib.sha256(SCAN).hexdigest(), "bytes": len(SCAN)},
        "document.pdf": {"sha256": hashlib.sha256(DOCUMENT).hexdigest(), "bytes": len(DOCUMENT)},
    }


def test_sealing_again_gives_the_same_id_and_another_filing_or_sealing_another(world: World, tmp_path: Path) -> None:
    """After a restore the same filing gets the same bundle id; the bytes differ, because the key is fresh."""
    for name in "abcd":
        (tmp_path / name).mkdir()

    first = sealed(world, tmp_path / "a")
    again = sealed(world, tmp_path / "b")

    assert again.bundle_id == first.bundle_id
    assert again.sha256 != first.sha256
    assert sealed(world, tmp_path / "c", name="f2").bundle_id != first.bundle_id
    assert sealed(world, tmp_path / "d", sealing=2).bundle_id != first.bundle_id


def test_the_sealed_file_is_what_seal_says_it_is(world: World, tmp_path: Path) -> None:
    """Name, length and hash are those of the file on disk, which nobody else can read."""
    bundle = sealed(world, tmp_path)

    data = bundle.path.read_bytes()

    assert bundle.path.name == f"{bundle.bundle_id}.p7m"
    assert (bundle.bytes, bundle.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert bundle.path.stat().st_mode & 0o077 == 0


def test_no_plaintext_and_no_name_of_the_filing_is_in_the_sealed_file(world: World, tmp_path: Path) -> None:
    """Neither content nor point nor form shows from outside."""
    data = sealed(world, tmp_path).path.read_bytes()

    for word in (SCAN, DOCUMENT, b"010594Y9032", b"saarijarvi", b"vero-5010", b"bundle.json"):
        assert word not in data


def test_the_inner_archive_is_the_same_every_time_and_reads_with_stock_zip(tmp_path: Path) -> None:
    """Two archives of the same entries are equal, and Python's and Info-ZIP's readers take them."""
    entries = (measure("bundle.json", FromBytes(b"{}")), measure("original/001.pdf", FromBytes(SCAN)))

    one, two = (b"".join(Archive(entries).chunks()) for _ in range(2))
    (tmp_path / "a.zip").write_bytes(one)

    assert one == two
    assert len(one) == Archive(entries).size
    assert zipfile.ZipFile(tmp_path / "a.zip").testzip() is None
    assert run("unzip -t a.zip", tmp_path).returncode == 0


def test_a_manifest_survives_writing_and_reading(world: World, tmp_path: Path) -> None:
    """What is read again is what was sealed, and writes to the same bytes."""
    manifest = sealed(world, tmp_path).manifest

    assert from_json(to_json(manifest)) == manifest
    assert to_json(from_json(to_json(manifest))) == to_json(manifest)


def test_a_source_that_changes_while_it_is_sealed_leaves_no_bundle(world: World, tmp_path: Path) -> None:
    """What was measured is what is sealed, or nothing is."""

    class Restless:
        """Gives other bytes every time."""

        def __init__(self) -> None:
            self.count = 0

        def chunks(self) -> list[bytes]:
            self.count += 1
            return [b"%PDF", b"x" * self.count]

    given = SealInput(filing().content, (Original(Restless()),), None)  # type: ignore[arg-type]

    with pytest.raises(Damaged):
        seal(given, [world.vero.certificate], world.point, into=tmp_path, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_is_too_large_for_its_provider_is_held(world: World, tmp_path: Path) -> None:
    """The limit is that of the whole container; nothing is written."""
    with pytest.raises(Unsealable) as caught:
        seal(filing(), [world.vero.certificate], world.point, into=tmp_path, now=NOW, max_bytes=500)

    assert caught.value.code == "bundle_too_large"
    assert list(tmp_path.iterdir()) == []


def test_a_filing_without_originals_is_refused(world: World, tmp_path: Path) -> None:
    """The scanner's bytes always travel."""
    with pytest.raises(WrongUse):
        seal(SealInput(filing().content, ()), [world.vero.certificate], world.point, into=tmp_path, now=NOW)
