"""A paper is shown to the reader while its quiet time runs, and accepted; it is settled only when that time is over."""

import os
from pathlib import Path

import pytest

from scanners.service import FolderService
from scanners.settle import Unsettled
from tests.scanners.support import Bench, digest, pdf, pdf_grown, png


class Shown:
    """Remembers what it was shown."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def look(self, content: bytes) -> None:
        """Called by the folder."""
        self.seen.append(content)


def watched(bench: Bench, shown: Shown, unsettled: Unsettled | None = None) -> FolderService:
    """The bench's service, with shown; with `unsettled` papers are accepted early."""
    bench.service = FolderService(
        bench.scanner, inlet=bench.inlet, clock=bench.clock, work=bench.root / "work", ahead=shown.look,
        unsettled=unsettled,
    )  # fmt: skip
    return bench.service


def test_a_whole_paper_is_shown_once_and_at_once(bench: Bench) -> None:
    """Before the quiet time is over, and not again in it; then it is taken."""
    shown = Shown()
    service = watched(bench, shown)
    (bench.drop / "scan.pdf").write_bytes(pdf())

    service.round()
    bench.clock.pass_(0.4)
    assert service.round().taken == 0

    assert shown.seen == [pdf()]
    bench.settle()
    assert shown.seen == [pdf()]
    assert bench.inlet.hashes == {digest(pdf())}


def test_a_paper_that_grows_is_shown_again_and_taken_as_it_is_in_the_end(bench: Bench) -> None:
    """Cut short or held by a writer it is not shown; what was shown and changed is shown anew."""
    shown = Shown()
    service = watched(bench, shown)
    with (bench.drop / "scan.pdf").open("wb") as writer:
        writer.write(pdf(2))
        writer.flush()
        service.round()
    (bench.drop / "scan.pdf").write_bytes(pdf(2)[:-20])
    service.round()
    assert shown.seen == []

    (bench.drop / "scan.pdf").write_bytes(pdf(1))
    service.round()
    (bench.drop / "scan.pdf").write_bytes(pdf(2))
    bench.settle()

    assert shown.seen == [pdf(1), pdf(2)]
    assert bench.inlet.hashes == {digest(pdf(2))}


def test_a_paper_on_a_share_is_not_shown(tmp_path: Path) -> None:
    """Another machine may still write it, unseen by us; it is taken in its time."""
    bench = Bench(tmp_path, mode="remote")
    shown = Shown()
    watched(bench, shown)
    (bench.drop / "scan.pdf").write_bytes(pdf())

    last = bench.settle(60)

    assert shown.seen == []
    assert last.taken == 1


def test_eyes_that_fail_stop_nothing(bench: Bench) -> None:
    """One paper that cannot be offered is taken all the same, and so is the next."""

    def broken(content: bytes) -> None:
        raise MemoryError

    bench.service = FolderService(
        bench.scanner, inlet=bench.inlet, clock=bench.clock, work=bench.root / "work", ahead=broken
    )
    (bench.drop / "a.pdf").write_bytes(pdf())
    (bench.drop / "b.png").write_bytes(png())
    taken = 0
    for _ in range(6):
        taken += bench.settle().taken

    assert taken == 2


def earlier_of(bench: Bench) -> dict[object, object]:
    """By SHA-256 of each arrival what it goes on from."""
    return {record["sha256"]: record["grows_from"] for record in bench.inlet.records("arrivals")}


def test_a_whole_paper_is_accepted_at_once_and_stays_until_it_is_quiet(bench: Bench) -> None:
    """Nobody waits for it any more, but nothing of it may leave; a restart on the way accepts it no second time."""
    unsettled = Unsettled()
    service = watched(bench, Shown(), unsettled)
    (bench.drop / "scan.pdf").write_bytes(pdf())

    assert service.round().arriving == ()
    assert (bench.inlet.hashes, bench.names(), unsettled.scans) == ({digest(pdf())}, {"scan.pdf"}, {digest(pdf())})

    service = watched(bench, Shown(), unsettled)
    assert bench.settle().taken == 1
    assert (len(bench.inlet.records("arrivals")), bench.names(), unsettled.scans) == (1, set(), set())


@pytest.mark.parametrize("later", [pdf_grown(pdf()), pdf(2)], ids=["appended", "written anew"])
@pytest.mark.parametrize("renamed", [False, True])
def test_a_file_that_goes_on_after_it_was_accepted_takes_its_own_place(
    bench: Bench, later: bytes, renamed: bool
) -> None:
    """However the device writes the rest, the earlier state gives way, and neither may leave before all is quiet."""
    unsettled = Unsettled()
    service = watched(bench, Shown(), unsettled)
    path = bench.drop / "scan.pdf"
    path.write_bytes(pdf())
    service.round()
    bench.clock.pass_(0.9)

    path.write_bytes(later[:-9])
    service.round()
    assert unsettled.scans == {digest(pdf())}
    if renamed:
        (bench.root / "next").write_bytes(later)
        (bench.root / "next").rename(path)
    else:
        path.write_bytes(later)
    service.round()
    assert earlier_of(bench) == {digest(pdf()): None, digest(later): digest(pdf())}
    assert unsettled.scans == {digest(later)}
    bench.clock.pass_(0.9)
    assert (service.round().taken, bench.names()) == (0, {"scan.pdf"})

    assert (bench.settle().taken, bench.names(), unsettled.scans) == (1, set(), set())


def test_a_file_that_is_only_touched_after_it_was_accepted_arrives_once(bench: Bench) -> None:
    """A server that sets the time of a file when it is through makes no second arrival of it."""
    service = watched(bench, Shown(), Unsettled())
    (bench.drop / "scan.pdf").write_bytes(pdf())
    service.round()
    os.utime(bench.drop / "scan.pdf", (1, 1))

    assert bench.settle().taken == 1
    assert len(bench.inlet.records("arrivals")) == 1


def test_what_breaks_off_after_it_was_accepted_is_refused_and_names_what_was(bench: Bench) -> None:
    """The receiver can keep the shorter one from leaving."""
    unsettled = Unsettled()
    service = watched(bench, Shown(), unsettled)
    (bench.drop / "scan.pdf").write_bytes(pdf())
    service.round()
    (bench.drop / "scan.pdf").write_bytes(pdf_grown(pdf())[:-9])

    assert bench.settle(9).refused == 0 and unsettled.scans == {digest(pdf())}
    assert bench.settle(2).refused == 1
    assert [record["grows_from"] for record in bench.inlet.records("refusals")] == [digest(pdf())]


@pytest.mark.parametrize(("mode", "quiet"), [("remote", 1.0), ("local", 2.0)])
def test_a_share_and_a_device_known_for_pauses_are_waited_for(tmp_path: Path, mode: str, quiet: float) -> None:
    """Whoever asks for a longer quiet time knows that the device goes on with its files."""
    bench = Bench(tmp_path, mode=mode, quiet=quiet)
    service = watched(bench, Shown(), Unsettled())
    (bench.drop / "scan.pdf").write_bytes(pdf())

    assert len(service.round().arriving) == 1
    assert bench.inlet.hashes == set()
    assert bench.settle().taken == 1
