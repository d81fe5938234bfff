"""Rows B-15 to B-20: what is no paper, what may not be read or moved, and names that lie."""

import json
import multiprocessing
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.base.errors import BadFile, Refused
from intake.base.settings import load_settings
from scanners.claim import holding
from scanners.folder import opened
from scanners.names import LONGEST_LABEL, label
from scanners.profile import NameKind
from scanners.sweep import Entry
from tests.others import need_a_readable_project
from tests.scanners.support import Bench, digest, pdf, png

NOBODY = 65534


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


LYING_NAMES = [
    b"-o.pdf",
    b";rm -rf x.pdf",
    b"line\nbreak.pdf",
    b"\x1b[31mred.pdf",
    b"\xff\xfe.pdf",
    "\u202egpj.pdf".encode(),
    b"x" * 251 + b".pdf",
    "\u00c5.pdf".encode(),
    "A\u030a.pdf".encode(),
    b"CON",
    b"=cmd().pdf",
    b"..pdf",
    b"%2e%2e%2fetc.pdf",
    b"<b>.pdf",
]


def test_B_18_names_that_lie_are_only_labels(bench: Bench) -> None:
    """Each is one paper, twins included; no label holds a control, a direction mark or a way to act."""
    for number, name in enumerate(LYING_NAMES):
        Path(os.fsdecode(os.path.join(os.fsencode(bench.drop), name))).write_bytes(pdf(body=b"%d" % number))  # noqa: PTH118

    bench.settle()

    records = bench.inlet.records("arrivals")
    taken = [name for name in LYING_NAMES if not name.startswith(b".")]
    assert len({record["sha256"] for record in records}) == len(taken)
    assert all(is_harmless(str(record["label"])) for record in records)


def is_harmless(text: str) -> bool:
    """Printable, short, and no start of an option or formula."""
    return (
        text.isprintable()
        and len(text) <= LONGEST_LABEL
        and text[:1] not in {"-", "=", "+", "@", "."}
        and "/" not in text
    )


@given(st.text(max_size=120))
def test_B_18_any_name_becomes_a_harmless_label(name: str) -> None:
    """Whatever a device or a stranger calls a file."""
    assert is_harmless(label(name))


@given(st.binary(max_size=255))
def test_B_18_any_bytes_become_a_harmless_label(name: bytes) -> None:
    """Names need not be text."""
    assert is_harmless(label(os.fsdecode(name)))


def test_B_18_two_spellings_of_one_name_are_two_papers(bench: Bench) -> None:
    """The composed and the decomposed Å look alike and are not."""
    (bench.drop / "\u00c5.pdf").write_bytes(pdf(body=b"1"))
    (bench.drop / "A\u030a.pdf").write_bytes(pdf(body=b"2"))

    assert bench.settle().taken == 2


def as_nobody(work: Callable[[Bench], object], prepare: Callable[[Bench], None]) -> object:
    """What `work` returns for a bench prepared by root and worked by an unprivileged user, in a process of its own."""
    need_a_readable_project()
    root = Path(tempfile.mkdtemp(prefix="vireille-test-", dir="/tmp"))
    try:
        bench = Bench(root)
        prepare(bench)
        if os.getuid() == 0:
            for path in (root, bench.inlet.folder, *bench.inlet.folder.iterdir()):
                os.chown(path, NOBODY, NOBODY)
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe(duplex=False)

        def child() -> None:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            theirs.send(json.dumps(work(bench)))

        process = context.Process(target=child)
        process.start()
        assert mine.poll(20), "no answer"
        answer = json.loads(mine.recv())
        process.join(10)
        return answer
    finally:
        shutil.rmtree(root)


def test_B_19_a_file_that_may_not_be_read_is_told_once_and_taken_when_put_right() -> None:
    """No loop of attempts; the operator gets the folder and its mode; the other files go on; chmod is enough."""

    def prepare(bench: Bench) -> None:
        if os.getuid() == 0:
            os.chown(bench.drop, NOBODY, NOBODY)

    def work(bench: Bench) -> object:
        locked = bench.drop / "locked.pdf"
        locked.write_bytes(pdf())
        (bench.drop / "fine.png").write_bytes(png())
        locked.chmod(0)
        results = [bench.settle() for _ in range(3)]
        before = [
            sum(result.refused for result in results),
            len(bench.inlet.hashes),
            results[-1].code,
            results[-1].away,
        ]
        told = str(bench.drop) in (results[-1].message or "")
        locked.chmod(0o600)
        bench.settle()
        return [before, told, len(bench.inlet.hashes), bench.inlet.codes, bench.service.round().code]

    assert as_nobody(work, prepare) == [[1, 1, "denied", False], True, 2, ["unreadable"], None]


def test_B_19_a_file_that_may_not_be_moved_is_accepted_once() -> None:
    """In a sticky folder of somebody else the paper stays where it is, is taken once, and the operator is told."""

    def prepare(bench: Bench) -> None:
        (bench.drop / "scan.pdf").write_bytes(pdf())
        bench.drop.chmod(0o1777)

    def work(bench: Bench) -> object:
        results = [bench.settle() for _ in range(4)]
        bench.service = bench.fresh()
        results += [bench.settle() for _ in range(2)]
        return [
            len(bench.inlet.records("arrivals")),
            sorted(bench.names()),
            [result.code for result in results],
            [result.taken for result in results][:4],
            "mode drwxrwxrwt" in (results[0].message or ""),
        ]

    if os.getuid() != 0:
        pytest.skip("needs root to make somebody else's file")
    assert as_nobody(work, prepare) == [1, ["scan.pdf"], ["denied"] * 4 + ["denied"] * 2, [1, 0, 0, 0], True]


def test_B_19_a_folder_that_may_not_be_listed_is_away_not_empty() -> None:
    """The point goes on; the operator is told which folder."""

    def prepare(bench: Bench) -> None:
        (bench.drop / "scan.pdf").write_bytes(pdf())
        bench.drop.chmod(0o700)

    def work(bench: Bench) -> object:
        result = bench.settle()
        return [result.away, result.code, str(bench.drop) in (result.message or ""), bench.inlet.codes]

    if os.getuid() != 0:
        pytest.skip("needs root to make somebody else's folder")
    assert as_nobody(work, prepare) == [True, "denied", True, []]


@pytest.mark.parametrize(
    ("data", "other"), [("scan/data", "elsewhere"), (".", "elsewhere"), ("data", "scan/inner"), ("data", "scan")]
)
def test_B_20_data_under_a_watched_folder_or_one_folder_in_another_is_refused(tmp_path, data: str, other: str) -> None:
    """Else the point would take its own copies for papers, or one paper twice."""
    settings = tmp_path / "vireille.toml"
    settings.write_text(
        f'[point]\nid = "p"\nname = "P"\ndata = "{data}"\n[[scanner]]\nid = "a"\nfolder = "scan"\n'
        f'[[scanner]]\nid = "b"\nfolder = "{other}"\n[store]\nurl = "folder:hub"\n[queue]\nurl = "sqlite:///q.db"\n'
    )

    with pytest.raises(BadFile, match="overlap"):
        load_settings(settings)


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
