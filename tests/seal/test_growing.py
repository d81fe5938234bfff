"""Bundles and receipts of a later release are read; JSON that two readers could read in two ways is not."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from intake.base.errors import Untrusted
from tests.seal.make_vectors import FOLDER, grown
from tests.seal.world import World, content, sealed
from workers.backoffice.data import data_json
from workers.seal.manifest import Content, from_json, to_json
from workers.send.receipt import receipt_from_json

VIREILLE = Path(sys.executable).with_name("vireille")
RECEIPT = {"bundle": "ab" * 16, "sha256": "cd" * 32, "outcome": "accepted", "reason": None, "note": None,
           "at": "2026-11-24T04:00:00Z"}  # fmt: skip


def test_a_bundle_of_a_later_release_is_opened_by_hand(tmp_path: Path) -> None:
    """`vireille open`: keys that are not known here are let pass, and `bundle.json` lies there as it came."""
    for name in ("vero.key.pem", "vero.cert.pem"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "vero.key.pem").chmod(0o600)
    words = ["open", FOLDER / "newer.p7m", "--key", "vero.key.pem", "--ca", FOLDER / "newer-ca.pem", "--out", "out"]

    done = subprocess.run([VIREILLE, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr
    said = json.loads((tmp_path / "out/bundle.json").read_bytes())
    assert said["schema"] == 7
    assert said["routing"]["of_a_later_release"] == {"kind": [1, "two"]}


def test_a_grown_manifest_means_what_it_meant(world: World, tmp_path: Path) -> None:
    """A key more in every object, a higher number: all else reads as before; `data.json` says what is in it."""
    plain = sealed(world, tmp_path).manifest

    read = from_json(json.dumps(grown(json.loads(to_json(plain)))).encode())

    assert read.schema_version == 7
    assert read.model_copy(update={"schema_version": plain.schema_version}) == plain
    assert json.loads(data_json(read)) == json.loads(data_json(plain))
    assert json.loads(data_json(read))["schema"] == 2


def test_what_we_write_holds_no_key_by_mistake() -> None:
    """Writers stay strict: a misspelt key is an error at once."""
    with pytest.raises(ValidationError):
        Content.model_validate(content().model_dump() | {"handed_ovr": "2026-01-01"})


@pytest.mark.parametrize("place", ["whole", "routing", "a value"])
def test_a_key_that_stands_twice_is_refused(world: World, tmp_path: Path, place: str) -> None:
    """The last would win here and the first elsewhere."""
    data = to_json(sealed(world, tmp_path).manifest)
    first = {"whole": b'{"bundle"', "routing": b'"routing":{"priority"', "a value": b'{"bytes"'}[place]
    key = first.rsplit(b'"', 2)[1]
    doubled = data.replace(first, first.replace(b'"' + key + b'"', b'"%b":"x","%b"' % (key, key)), 1)
    assert doubled != data

    with pytest.raises(Untrusted) as refused:
        from_json(doubled)

    assert refused.value.code == "malformed"


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"\xff\xfe{", b'{"schema":1e999}', b"9" * 5000, b"null"])
def test_what_is_no_manifest_is_malformed(data: bytes) -> None:
    """Whatever the JSON reader says of it."""
    with pytest.raises(Untrusted) as refused:
        from_json(data)

    assert refused.value.code == "malformed"


def test_receipts_are_read_with_and_without_a_schema() -> None:
    """Of the first release, of this one, and of a later one that names a unit."""
    older = receipt_from_json(json.dumps(RECEIPT).encode())
    ours = receipt_from_json(older.model_dump_json().encode())
    later = receipt_from_json(json.dumps(RECEIPT | {"schema": 3, "unit": "turku", "reason": "new_one"}).encode())

    assert older == ours
    assert json.loads(ours.model_dump_json())["schema"] == 1
    assert (later.outcome, later.reason) == ("accepted", "new_one")


@pytest.mark.parametrize("change", ["outcome", "twice"])
def test_a_receipt_that_cannot_be_meant_one_way_counts_for_nothing(change: str) -> None:
    """An outcome that is not known here confirms nothing and returns nothing; nor does one that stands twice."""
    said = json.dumps(RECEIPT)
    altered = {
        "outcome": said.replace("accepted", "forwarded"),
        "twice": said.replace('"outcome"', '"outcome": "returned", "outcome"'),
    }[change]

    with pytest.raises(Untrusted):
        receipt_from_json(altered.encode())
