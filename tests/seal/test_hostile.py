"""K-11: whoever has the provider's public certificate can make a bundle; none of them gets more than a refusal."""

import io
import random
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.base.errors import Untrusted
from tests.seal.opening import try_open
from tests.seal.world import NOW, World, opener, sealed
from workers.seal.container import container
from workers.seal.envelope import decrypt, encrypted, plan
from workers.seal.seal import PointKeys
from workers.seal.signature import sign_detached
from workers.seal.zip import FromBytes, measure

SEED = 20261127
_DIRECTORY_OFFSET = 6
"""From the end of a ZIP: the place that says where its directory begins."""


def asics_of(world: World, folder: Path) -> bytes:
    """The signed container in an honest bundle."""
    plain = io.BytesIO()
    decrypt(sealed(world, folder).path, [opener(world.vero)], plain.write)
    return plain.getvalue()


def filing_of(asics: bytes) -> bytes:
    """The `filing.zip` in a container."""
    return zipfile.ZipFile(io.BytesIO(asics)).read("filing.zip")


def enveloped(world: World, asics: bytes, into: Path) -> Path:
    """`asics` encrypted to the provider, as anybody can who has its certificate."""
    into.write_bytes(b"".join(encrypted(plan((world.vero.certificate,)), len(asics), [asics])))
    return into


def signed(point: PointKeys, filing: bytes) -> bytes:
    """`filing` in a container that a trusted point signed."""
    inner = measure("filing.zip", FromBytes(filing))
    return b"".join(container(inner, sign_detached(bytes.fromhex(inner.sha256), point.signer, at=NOW)).chunks())


def mutations(whole: bytes, chance: random.Random, count: int) -> Iterator[bytes]:
    """Bits flipped, bytes set, pieces cut, doubled and moved, most of them where a ZIP keeps its directory."""
    tail = max(0, len(whole) - 400)
    for number in range(count):
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(tail if number % 3 else 0, len(changed))
            kind = chance.randrange(5)
            if kind == 0:
                changed[place] ^= 1 << chance.randrange(8)
            elif kind == 1:
                changed[place : place + 4] = struct.pack(
                    "<L", chance.choice((0, 1, 0xFFFFFFFF, 0x7FFFFFFF, len(whole)))
                )
            elif kind == 2:
                del changed[place : place + chance.randint(1, 30)]
            elif kind == 3:
                changed[place:place] = changed[place : place + chance.randint(1, 30)]
            else:
                changed[place : place + 8] = chance.randbytes(8)
            if not changed:
                break
        yield bytes(changed)


@pytest.mark.parametrize("layer", ["container", "filing"])
def test_h6_a_directory_that_begins_elsewhere_is_a_malformed_bundle(world: World, tmp_path: Path, layer: str) -> None:
    """`zipfile` seeks before the file's start then, and raises the error of a disk."""
    asics = asics_of(world, tmp_path)
    whole = asics if layer == "container" else filing_of(asics)
    at = len(whole) - _DIRECTORY_OFFSET
    wrong = whole[:at] + struct.pack("<L", 0xFFFFFF) + whole[at + 4 :]
    victim = enveloped(world, wrong if layer == "container" else signed(world.point, wrong), tmp_path / "v.p7m")

    with pytest.raises(Untrusted) as refused:
        try_open(world, victim, opener(world.vero))

    assert refused.value.code == "malformed"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("layer", "count"), [("envelope", 400), ("container", 1000), ("filing", 600)])
def test_h6_nothing_but_a_refusal_comes_out_of_a_bundle(world: World, tmp_path: Path, layer: str, count: int) -> None:
    """2,000 altered bundles in three layers: a filing or Untrusted, no other error, and nothing left behind."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    asics = asics_of(world, tmp_path)
    sealed_bytes = next(tmp_path.glob("*.p7m")).read_bytes()
    whole = {"envelope": sealed_bytes, "container": asics, "filing": filing_of(asics)}[layer]
    work = tmp_path / "work"
    work.mkdir()
    victim, refusals = work / "v.p7m", 0

    for altered in mutations(whole, chance, count):
        if layer == "envelope":
            victim.write_bytes(altered)
        else:
            enveloped(world, altered if layer == "container" else signed(world.point, altered), victim)
        try:
            try_open(world, victim, opener(world.vero))
        except Untrusted:
            refusals += 1
        assert [path.name for path in work.iterdir() if path.name != "out"] == ["v.p7m"]
        if (work / "out").exists():
            (work / "out").rename(tmp_path / f"opened-{refusals}-{chance.randrange(1 << 40)}")

    assert refusals > count * 0.5
