"""Rows B-15 to B-17: what is no paper, and links."""

import os
import socket
import threading

import pytest

from intake.base.errors import Refused
from scanners.copying import holding
from scanners.folder import opened
from scanners.profile import NameKind
from scanners.sweep import Entry
from tests.scanners.support import Bench, digest, pdf


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty"), (b"%", "damaged"), (b"%PDF-1.4 cut", "damaged"), (pdf()[:-5], "damaged")]
)
def test_B_15_a_file_with_nothing_in_it_is_refused_with_its_reason(bench: Bench, content: bytes, code: str) -> None:
    """Empty at once, cut short at the limit; what there is of it is kept with the refusal, and the folder is clear."""
    (bench.drop / "scan.pdf").write_bytes(content)

    bench.settle()
    bench.settle(10)

    assert bench.inlet.codes == [code]
    assert bench.inlet.records("refusals")[0]["sha256"] == (digest(content) if content else None)
    assert bench.names() == set()


def test_B_15_one_byte_of_no_known_kind_is_for_the_jail_to_refuse(bench: Bench) -> None:
    """What is not cut short is handed over: only the jail says what it is."""
    (bench.drop / "scan.pdf").write_bytes(b"x")

    assert bench.settle().taken == 1


def test_B_15_a_two_gigabyte_file_is_refused_without_reading_it(bench: Bench, monkeypatch) -> None:
    """The size is judged before a byte is read, and the only copy there is stays, out of the scanner's way."""
    with (bench.drop / "scan.pdf").open("wb") as file:
        file.write(b"%PDF-1.4")
        file.truncate(2_000_000_000)
    monkeypatch.setattr(os, "pread", lambda *_: pytest.fail("was read"))

    bench.settle()

    assert bench.inlet.codes == ["too_large"]
    assert [path.stat().st_size for path in bench.aside(".refused")] == [2_000_000_000]
    bench.clock.pass_(30 * 86_400)
    bench.service.round()
    assert len(bench.aside(".refused")) == 1


@pytest.mark.timeout(5)
def test_B_16_links_and_specials_are_refused_once_and_never_opened(bench: Bench) -> None:
    """A link, a second hard link, a fifo, a socket and a folder, all named as papers; none blocks or is read."""
    outside = bench.root / "secret.pdf"
    outside.write_bytes(pdf(body=b"secret"))
    (bench.drop / "link.pdf").symlink_to(outside)
    os.link(outside, bench.drop / "hard.pdf")
    os.mkfifo(bench.drop / "fifo.pdf")
    (bench.drop / "folder.pdf").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(bench.drop / "socket.pdf"))
        for _ in range(4):
            bench.settle()

    assert bench.inlet.codes == ["not_a_file"] * 5
    assert bench.inlet.hashes == set()
    assert bench.names() == {"hard.pdf", "folder.pdf"}


def test_B_16_a_file_is_taken_once_its_second_name_is_gone(bench: Bench) -> None:
    """A hard link is refused in place: an operator who removes the other name has put it right."""
    outside = bench.root / "other.pdf"
    outside.write_bytes(pdf())
    os.link(outside, bench.drop / "hard.pdf")
    bench.settle()
    outside.unlink()

    bench.settle()

    assert bench.inlet.hashes == {digest(pdf())}


def test_B_17_a_link_swapped_in_at_any_moment_is_never_followed(bench: Bench) -> None:
    """A racing thread swaps a paper for a link to a secret and back; the secret is never read through the folder."""
    secret = bench.root / "secret.pdf"
    secret.write_bytes(pdf(body=b"secret"))
    paper = bench.drop / "scan.pdf"
    stop = threading.Event()

    def swap() -> None:
        for number in range(1_000):
            spare = bench.root / f"spare{number % 2}"
            if number % 2:
                spare.symlink_to(secret)
            else:
                spare.write_bytes(pdf())
            spare.replace(paper)
            if stop.is_set():
                break

    racer = threading.Thread(target=swap)
    racer.start()
    opened_plain = 0
    with opened(bench.drop, must_be_marked=False) as folder:
        while racer.is_alive():
            status = folder.look("scan.pdf")
            if status is None:
                continue
            try:
                with holding(folder, Entry.of("scan.pdf", NameKind.SCAN, status), lock=True) as held:
                    assert b"secret" not in os.pread(held.descriptor, 100, 0)
                    opened_plain += 1
            except Exception as error:
                assert getattr(error, "code", "") in {"not_a_file", "not_whole"}, error
    stop.set()
    racer.join()
    assert opened_plain > 0


def test_B_17_a_link_put_in_place_of_a_judged_file_is_refused_at_the_open(bench: Bench) -> None:
    """Even where the link leads to the very file that was judged."""
    paper = bench.drop / "scan.pdf"
    paper.write_bytes(pdf())
    entry = Entry.of("scan.pdf", NameKind.SCAN, paper.stat())
    paper.rename(bench.root / "elsewhere.pdf")
    paper.symlink_to(bench.root / "elsewhere.pdf")

    with (
        opened(bench.drop, must_be_marked=False) as folder,
        pytest.raises(Refused) as refused,
        holding(folder, entry, lock=True),
    ):
        pass

    assert refused.value.code == "not_a_file"


def test_B_17_a_side_folder_that_is_a_link_is_not_used(bench: Bench) -> None:
    """Somebody put a link named `.taken` into the share: nothing is moved through it, the paper is accepted once."""
    elsewhere = bench.root / "elsewhere"
    elsewhere.mkdir()
    (bench.drop / ".taken").symlink_to(elsewhere)
    (bench.drop / "scan.pdf").write_bytes(pdf())

    results = [bench.settle() for _ in range(3)]

    assert list(elsewhere.iterdir()) == []
    assert [result.code for result in results] == ["denied"] * 3
    assert ".taken" in (results[0].message or "")


def test_a_file_of_no_kind_that_the_device_writes_is_told_not_taken(tmp_path) -> None:
    """Under a device's profile only its own kinds of names are scans; others are refused with their bytes."""
    bench = Bench(tmp_path, profile="slow-multifunction")
    (bench.drop / "notes.docx").write_bytes(b"PK")
    (bench.drop / "device.log").write_bytes(b"not a paper")

    bench.settle(5)

    assert bench.inlet.codes == ["not_supported"]
    assert bench.names() == {"device.log"}


def test_what_is_refused_names_a_known_code() -> None:
    """Every code used here has its sentence for the advisor."""
    for code in ("empty", "damaged", "too_large", "not_a_file", "unreadable", "not_supported"):
        assert Refused(code).text.fi
