"""Nothing that the publisher did not sign exactly so is ever unpacked for use."""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from intake.base.errors import Unsealable, Untrusted
from tests.publish.conftest import Town
from tests.seal.world import NOW
from workers.publish.contents import from_json, to_json
from workers.publish.package import contents_of, make_package, open_package
from workers.seal import certificates
from workers.seal.container import container
from workers.seal.signature import sign_detached
from workers.seal.zip import Archive, Entry, FromBytes, measure

RULES = b"[[rule]]\n"


@pytest.fixture
def small(town: Town) -> Path:
    """A true package of two small files."""
    folder = town.folder / "small"
    (folder / "rules").mkdir(parents=True)
    files = {name: folder / name for name in ("rules/a.toml", "rules/b.toml")}
    for path in files.values():
        path.write_bytes(RULES)
    made = make_package(files, contents_of(files, "main", 1), town.publisher.identity, at=town.clock.now())
    package = town.folder / "small.asics"
    package.write_bytes(b"".join(made))
    return package


def refused(town: Town, package: Path) -> str:
    """Why the package is refused; fails if it is not, or if that leaves anything that looks like a set."""
    root = town.folder / "opened"
    with pytest.raises(Untrusted) as caught:
        open_package(package, town.publisher.cas, root, now=town.clock.now())
    shutil.rmtree(root, ignore_errors=True)
    return caught.value.message


def test_a_true_package_opens(town: Town, small: Path) -> None:
    """What the other tests break is whole before."""
    opened = open_package(small, town.publisher.cas, town.folder / "opened", now=town.clock.now())

    assert (opened.root / "rules" / "a.toml").read_bytes() == RULES
    assert sorted(path.name for path in opened.root.iterdir()) == ["package.json", "rules"]
    assert abs(opened.signed.at - NOW) < timedelta(minutes=5)


def flips(size: int, every: int) -> Iterator[tuple[int, int]]:
    """Places and bits, spread over the file."""
    return ((place, 1 << (place % 8)) for place in range(0, size, every))


def test_no_bit_may_differ(town: Town, small: Path) -> None:
    """Content, signature, names, dates, checksums, the directory at the end: each flipped bit is refused."""
    whole = small.read_bytes()

    for place, bit in flips(len(whole), 23):
        small.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        assert refused(town, small), place


@pytest.mark.slow
def test_no_bit_of_any_byte_may_differ(town: Town, small: Path) -> None:
    """As above, every byte."""
    whole = small.read_bytes()

    for place, bit in flips(len(whole), 1):
        small.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        assert refused(town, small), place


def test_a_cut_or_longer_package_is_refused(town: Town, small: Path) -> None:
    """Cut anywhere, empty, with bytes before or behind, or twice."""
    whole = small.read_bytes()
    cuts = [whole[:end] for end in range(0, len(whole), 97)] + [whole[:-1]]

    for other in (*cuts, whole + b"\0", b"\0" + whole, whole + whole):
        small.write_bytes(other)
        assert refused(town, small), len(other)


def entries(files: dict[str, bytes]) -> list[Entry]:
    """Measured."""
    return [measure(name, FromBytes(data)) for name, data in files.items()]


def signed_package(town: Town, inner: list[Entry]) -> Path:
    """Any inner archive, truly signed: what a careless or forced publisher could make."""
    zipped = measure("package.zip", Archive(tuple(inner)))
    signature = sign_detached(bytes.fromhex(zipped.sha256), town.publisher.identity, at=town.clock.now())
    package = town.folder / "signed.asics"
    package.write_bytes(b"".join(container(zipped, signature).chunks()))
    return package


def said(**changes: object) -> bytes:
    """A `package.json` of one file, changed."""
    sha256 = measure("a", FromBytes(RULES)).sha256
    table = {"channel": "main", "version": 1, "schema": 1, "files": {"rules/a.toml": {"sha256": sha256, "bytes": 9}}}
    return json.dumps(table | changes, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "inner",
    [
        {"rules/a.toml": RULES},
        {"rules/a.toml": RULES, "package.json": said()},
        {"package.json": said()},
        {"package.json": said(), "rules/a.toml": b"[[rulf]]\n"},
        {"package.json": said(), "rules/a.toml": RULES + b"#"},
        {"package.json": said(), "rules/a.toml": RULES, "rules/b.toml": RULES},
        {"package.json": said(schema=2), "rules/a.toml": RULES},
        {"package.json": said(version=0), "rules/a.toml": RULES},
        {"package.json": said(channel="../main"), "rules/a.toml": RULES},
        {"package.json": said(more=1), "rules/a.toml": RULES},
        {"package.json": said() + b" ", "rules/a.toml": RULES},
        {"package.json": b"[" * 5000, "rules/a.toml": RULES},
    ],
    ids=("no list", "list last", "missing", "other bytes", "longer", "extra", "schema", "version", "channel", "key",
         "white space", "nested"),
)  # fmt: skip
def test_a_signed_mistake_is_refused_too(town: Town, inner: dict[str, bytes]) -> None:
    """A signature does not make a malformed package right."""
    assert refused(town, signed_package(town, entries(inner)))


@pytest.mark.parametrize(
    "name",
    ["../evil.toml", "/etc/evil.toml", "rules/../../evil.toml", "rules/.hidden.toml", "rules/deep/a.toml",
     "keys/point.key.pem", "providers/x.py", "forms/a.toml", "rules/a.toml\n", "rules/ä.toml",
     f"rules/{'a' * 200}.toml"],
)  # fmt: skip
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    """Names are checked before anything is written."""
    files = {name: {"sha256": "0" * 64, "bytes": 1}}

    with pytest.raises(Untrusted):
        from_json(said(files=files))


def test_what_parses_is_written_the_same() -> None:
    """One way to write it, so one signature for it."""
    assert to_json(from_json(said())) == said()


def test_repeated_and_packed_entries_are_refused(town: Town) -> None:
    """One name twice, and a compressed entry (a bomb would need one)."""
    twice = entries({"package.json": said(), "rules/a.toml": RULES})
    assert refused(town, signed_package(town, [*twice, twice[1]]))

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("package.json", said())
        file.writestr("rules/a.toml", RULES)
    zipped = measure("package.zip", FromBytes(packed.getvalue()))
    signature = sign_detached(bytes.fromhex(zipped.sha256), town.publisher.identity, at=town.clock.now())
    package = town.folder / "packed.asics"
    package.write_bytes(b"".join(container(zipped, signature).chunks()))
    assert "compressed" in refused(town, package)


def test_another_publisher_is_refused(town: Town) -> None:
    """Somebody with write access to the store signs with keys of his own, even under the publisher's name."""
    ca = certificates.new_ca("publisher", now=NOW)
    stranger = certificates.new_signing("publisher", ca, now=NOW)
    point = town.point("one")
    town.publish(town.set(), identity=stranger, cas=(ca.certificate,))

    with pytest.raises(Untrusted, match="not as the pinned publisher signed it"):
        point.update()

    assert point.settings.catalogue is None
    assert point.sets == []


def test_a_package_from_the_future_is_refused(town: Town) -> None:
    """One of the two clocks is wrong; a person must look."""
    point = town.point("one")
    town.publish(town.set())
    town.clock.pass_(-3600)

    with pytest.raises(Untrusted, match="future"):
        point.update()


def test_an_ended_certificate_signs_nothing(town: Town) -> None:
    """F-05: nothing is put into the store."""
    town.clock.pass_(3600 * 24 * 900)
    folder = town.set()
    shutil.rmtree(folder / "providers")

    with pytest.raises(Unsealable, match="expired"):
        town.publish(folder)

    assert list(town.store.list("updates/")) == []


def test_rubbish_under_a_high_number_blocks_nobody(town: Town) -> None:
    """It is told and passed over, by points and by the publisher."""
    point = town.point("one")
    town.publish(town.set("a"))
    town.package(99_999_998).write_bytes(b"rubbish")
    (town.package(1).parent / "readme.txt").write_bytes(b"not a package")

    first = point.update()
    town.publish(town.set("b", rule="\n# more\n"))
    second = point.update()

    assert [version for version, _ in first.distrusted] == [99_999_998]
    assert second.now is not None
    assert second.now.name == "main-2"


def test_a_taken_number_is_passed_over(town: Town) -> None:
    """What lies under the next number is never overwritten (E-04)."""
    town.publish(town.set("a"))
    town.package(2).write_bytes(b"rubbish")

    done = town.publish(town.set("b", rule="\n# more\n"))

    assert done.contents.version == 3
    assert town.package(2).read_bytes() == b"rubbish"


def test_packages_of_one_content_differ_only_in_the_signature(town: Town) -> None:
    """The inner archive is the same bytes, whenever it is made."""
    folder = town.set()
    key_files = {"rules/kela.toml": folder / "rules" / "kela.toml"}
    contents = contents_of(key_files, "main", 1)
    made = []
    for seconds in (0, 5):
        town.clock.pass_(seconds)
        whole = b"".join(make_package(key_files, contents, town.publisher.identity, at=town.clock.now()))
        made.append(whole.split(b"META-INF/signature.p7s")[0])

    assert made[0][:-30] == made[1][:-30]
