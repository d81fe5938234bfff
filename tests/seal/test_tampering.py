"""F-01, F-02, F-03: nothing of a bundle can be changed, moved or readdressed; nothing of a failed opening stays."""

import contextlib
import functools
import io
import itertools
import os
import random
import secrets
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.base.errors import Untrusted, VireilleError
from tests.seal.opening import refused, try_open
from tests.seal.world import World, opener, sealed
from workers.seal import recipients
from workers.seal.der import is_der, tlv
from workers.seal.envelope import Opener, decrypt, encrypted, header, parse, plan

EVERY = 1 if os.environ.get("VIREILLE_ALL_BITS") else 67
"""All bits take a quarter of an hour: VIREILLE_ALL_BITS=1."""


def unseen(world: World, bundle: Path, by: Opener, bits: Iterable[int]) -> list[int]:
    """Those of `bits` whose flipping goes unseen; the folder must hold nothing new afterwards."""
    whole = bundle.read_bytes()
    victim = bundle.with_name("flipped.p7m")
    accepted = []
    for bit in bits:
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        victim.write_bytes(changed)
        try:
            decrypt(victim, [by], lambda _: None)  # quick; only what passes here needs the rest
            try_open(world, victim, by)
        except Untrusted:
            continue
        accepted.append(bit)
    assert sorted(path.name for path in bundle.parent.iterdir()) == sorted([bundle.name, victim.name])
    return accepted


def test_f01_a_changed_bit_in_any_byte_is_seen(world: World, tmp_path: Path) -> None:
    """A bit here and there in the header for two recipients and in the content; the slow test below takes every one."""
    bundle = sealed(world, tmp_path, [world.vero, world.vero_rsa]).path
    size = bundle.stat().st_size
    with bundle.open("rb") as file:
        start = parse(file).start
    chance = random.Random(1)
    places = [*range(60), *chance.sample(range(60, start), 150), *chance.sample(range(start, size), 50)]

    assert unseen(world, bundle, opener(world.vero), [place * 8 + chance.randrange(8) for place in places]) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("with_certificate", [True, False])
@pytest.mark.parametrize("who", ["vero", "vero_rsa"])
def test_f01_every_single_bit_counts(world: World, tmp_path: Path, with_certificate: bool, who: str) -> None:
    """Each bit of a bundle for two recipients is flipped; every 67th only, unless all are asked for."""
    bundle = sealed(world, tmp_path, [world.vero, world.vero_rsa]).path
    identity = getattr(world, who)
    by = opener(identity) if with_certificate else Opener(identity.key)

    assert unseen(world, bundle, by, range(0, bundle.stat().st_size * 8, EVERY)) == []


@pytest.mark.parametrize("change", ["cut", "added", "swapped", "dropped", "repeated", "empty", "other"])
def test_f01_cut_spliced_and_grown_bundles_are_refused(world: World, tmp_path: Path, change: str) -> None:
    """Pieces missing, moved, doubled or added; an empty file; a file of another kind."""
    whole = sealed(world, tmp_path).path.read_bytes()
    middle = len(whole) // 2
    altered = {
        "cut": whole[:-1],
        "added": whole + b"\0",
        "swapped": whole[: middle - 64]
        + whole[middle : middle + 64]
        + whole[middle - 64 : middle]
        + whole[middle + 64 :],
        "dropped": whole[:middle] + whole[middle + 16 :],
        "repeated": whole[:middle] + whole[middle - 16 : middle] + whole[middle:],
        "empty": b"",
        "other": b"%PDF-1.7 not a bundle" * 50,
    }[change]
    victim = tmp_path / "altered.p7m"
    victim.write_bytes(altered)

    with refused(tmp_path):
        try_open(world, victim, opener(world.vero))


@functools.cache
def forty_bytes(world: World) -> bytes:
    """A small envelope for two recipients."""
    planned = plan((world.vero.certificate, world.vero_rsa.certificate))
    return b"".join(encrypted(planned, 40, [b"x" * 40]))


@given(data=st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_f01_whatever_parses_is_written_the_same_way(world: World, data: st.DataObject) -> None:
    """Headers with random bytes changed, inserted or removed: what still parses re-encodes to the very same bytes."""
    whole = bytearray(forty_bytes(world))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole) - 1))
        what = data.draw(st.sampled_from(["set", "insert", "remove"]))
        if what == "set":
            whole[at] = data.draw(st.integers(0, 255))
        elif what == "insert":
            whole.insert(at, data.draw(st.integers(0, 255)))
        else:
            del whole[at]

    try:
        found = parse(io.BytesIO(bytes(whole)))
    except Untrusted:
        return

    start = found.start
    again = (
        header(found.infos, found.nonce, found.length) + whole[start : start + found.length] + b"\x04\x10" + found.tag
    )
    assert again == whole
    with contextlib.suppress(Untrusted):
        assert recipients.parse(found.infos).dump() == found.infos


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_f01_arbitrary_bytes_are_refused_with_our_own_error(junk: bytes) -> None:
    """No input makes the parsers fail in another way."""
    for parser in (lambda: parse(io.BytesIO(junk)), lambda: recipients.parse(junk)):
        with pytest.raises(Untrusted):
            parser()


def respelled(value: bytes, which: int) -> bytes:
    """`value`, a DER value, with the length of its part number `which` (in reading order) in five bytes."""
    counter = itertools.count()

    def spell(data: bytes) -> bytes:
        spelled, at = b"", 0
        while at < len(data):
            tag, first = data[at], data[at + 1]
            size = first & 0x7F if first & 0x80 else 0
            length = int.from_bytes(data[at + 2 : at + 2 + size], "big") if size else first
            body = data[at + 2 + size : at + 2 + size + length]
            at += 2 + size + length
            long = next(counter) == which
            body = spell(body) if tag & 0x20 else body
            spelled += bytes((tag, 0x84)) + len(body).to_bytes(4, "big") if long else tlv(tag, len(body))
            spelled += body
        return spelled

    return spell(value)


def test_f01_recipients_have_one_spelling(world: World) -> None:
    """Each length in turn is written longer than need be; asn1crypto would read it, we do not."""
    infos = plan((world.vero.certificate, world.vero_rsa.certificate)).infos
    recipients.parse(infos)
    spellings = [respelled(infos, which) for which in range(100)]
    others = [one for one in spellings if one != infos]

    assert len(others) > 30
    for other in others:
        with pytest.raises(Untrusted):
            recipients.parse(other)


def test_f01_integers_have_one_spelling() -> None:
    """No leading zeros or ones; no endless nesting; nothing after the value."""
    for good in ("020100", "02020080", "0201ff", "3003020101"):
        assert is_der(bytes.fromhex(good))
    for bad in ("0200", "02020001", "0202ff80", "30800000", "3081030201010000", "02010000", "30040201", "", "1f8101"):
        assert not is_der(bytes.fromhex(bad))
    deep = b"\x05\x00"
    for _ in range(60):
        deep = tlv(0x30, len(deep)) + deep
    assert not is_der(deep)


def test_f01_a_full_disk_leaves_nothing_of_the_opening(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third file cannot be written: no folder, no scratch."""
    from intake.base import durable
    from intake.base.errors import DiskFull

    bundle = sealed(world, tmp_path)
    calls = []
    true_write = durable.write

    def write(path: Path, chunks: object, **options: int) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise DiskFull("no room")
        true_write(path, chunks, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(durable, "write", write)

    with pytest.raises(VireilleError):
        try_open(world, bundle.path, opener(world.vero))
    assert [path.name for path in tmp_path.iterdir()] == [bundle.path.name]


def test_no_plaintext_is_kept_before_the_tag_was_checked(world: World, tmp_path: Path) -> None:
    """A bundle with one bit changed at its end gives not one byte to whoever asked."""
    whole = bytearray(sealed(world, tmp_path).path.read_bytes())
    whole[-20] ^= 1
    victim = tmp_path / "altered.p7m"
    victim.write_bytes(whole)
    kept: list[bytes] = []

    with pytest.raises(Untrusted):
        decrypt(victim, [opener(world.vero)], kept.append)
    assert kept == []


def test_f07_no_key_or_nonce_is_used_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """100,000 plans draw 100,000 different keys and nonces (wrapping left out, to be quick)."""
    monkeypatch.setattr(recipients, "wrap", lambda *_: b"")

    drawn = [plan(()) for _ in range(100_000)]

    assert len({one.key for one in drawn}) == len({one.nonce for one in drawn}) == 100_000


def test_f08_a_failing_random_source_stops_the_sealing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No random bytes, no bundle."""

    def dry(_: int) -> bytes:
        raise OSError("no entropy")

    monkeypatch.setattr(secrets, "token_bytes", dry)

    with pytest.raises(OSError, match="entropy"):
        sealed(world, tmp_path)
    assert list(tmp_path.iterdir()) == []
