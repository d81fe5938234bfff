"""A paper is shown to the reader while its quiet time runs, and taken over as if it had not been."""

from pathlib import Path

from scanners.service import FolderService
from tests.scanners.support import Bench, digest, pdf, png


class Shown:
    """Remembers what it was shown."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def look(self, content: bytes) -> None:
        """Called by the folder."""
        self.seen.append(content)


def watched(bench: Bench, shown: Shown) -> FolderService:
    """The bench's service, with shown."""
    bench.service = FolderService(
        bench.scanner, inlet=bench.inlet, clock=bench.clock, work=bench.root / "work", ahead=shown.look
    )
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
