"""Rows B-01 to B-06, B-21 and B-23: when a file is taken, and that no paper is ever taken half or twice."""

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners import copying
from tests.scanners.support import Bench, digest, pdf, pdf_grown, png


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.floats(0.1, 30), min_size=1, max_size=6), cuts=st.randoms(use_true_random=False))
def test_B_01_a_slow_writer_is_waited_for(tmp_path_factory, pauses: list[float], cuts: random.Random) -> None:
    """However a scanner chops its writing up, the file is taken once, and whole."""
    bench = Bench(tmp_path_factory.mktemp("b01"), mode="remote", quiet=2.0)
    data = pdf(5)
    path = bench.drop / "scan.pdf"
    places = sorted(cuts.sample(range(1, len(data) - 1), len(pauses)))

    for start, end, pause in zip([0, *places], [*places, len(data)], [*pauses, 0], strict=True):
        with path.open("ab") as file:
            file.write(data[start:end])
        assert bench.service.round().taken == 0
        bench.clock.pass_(pause)
        if end < len(data):
            assert bench.service.round().taken == 0
    bench.settle(2.001)  # 1000 + 22.3 + 2 - 1022.3 is a little less than 2

    assert bench.inlet.hashes == {digest(data)}
    assert bench.inlet.codes == []


def test_B_01_a_file_that_a_writer_has_open_is_not_taken(bench: Bench) -> None:
    """Whole and quiet is not enough on a local folder while the writer still holds the file."""
    with (bench.drop / "scan.pdf").open("wb") as writer:
        writer.write(pdf())
        writer.flush()
        held = bench.settle()
        assert (held.taken, len(held.arriving)) == (0, 1)

    assert bench.service.round().taken == 1


def test_B_01_a_writer_that_never_closes_does_not_hold_a_whole_paper_for_ever(bench: Bench) -> None:
    """After the settle limit a whole file is taken although some program keeps it open."""
    with (bench.drop / "scan.pdf").open("wb") as writer:
        writer.write(pdf())
        writer.flush()

        assert bench.settle(59).taken == 0
        assert bench.settle(2).taken == 1


@pytest.mark.parametrize(("mode", "limit"), [("local", 10), ("remote", 60)])
def test_B_02_a_zero_tail_is_waited_for_and_then_refused(tmp_path, mode: str, limit: float) -> None:
    """A pre-allocated file never changes its size; it is not whole, and is told to a person at the settle limit."""
    bench = Bench(tmp_path, mode=mode)
    data = pdf(3)
    (bench.drop / "scan.pdf").write_bytes(data[:-100] + bytes(4096))

    waiting = bench.settle(limit - 0.5)
    assert (waiting.taken, waiting.refused, len(waiting.arriving)) == (0, 0, 1)
    bench.clock.pass_(1)
    assert bench.service.round().refused == 1

    assert bench.inlet.codes == ["damaged"]
    assert bench.names() == set()


def test_B_02_a_file_of_zeros_only_is_not_whole(bench: Bench) -> None:
    """Nothing but zeros is what a pre-allocated file looks like before its first byte."""
    (bench.drop / "scan.pdf").write_bytes(bytes(70_000))

    bench.settle()
    assert bench.inlet.codes == []
    bench.settle(10)

    assert bench.inlet.codes == ["damaged"]


def test_B_03_a_file_that_changes_during_the_copy_is_left_and_taken_later(bench: Bench, monkeypatch) -> None:
    """A page appended between the first look and the last makes the copy worthless: it is thrown away."""
    path = bench.drop / "scan.pdf"
    path.write_bytes(pdf())
    real, appended = copying._chunks, []

    def append_meanwhile(held, hashing, clock):
        yield from real(held, hashing, clock)
        if not appended:
            appended.append(True)
            path.write_bytes(pdf_grown(pdf()))

    monkeypatch.setattr(copying, "_chunks", append_meanwhile)
    assert bench.settle().taken == 0
    assert bench.inlet.hashes == set()
    assert list((bench.root / "work" / "tiski-1").iterdir()) == []
    bench.settle()

    assert bench.inlet.hashes == {digest(pdf_grown(pdf()))}


def test_B_03_what_is_written_after_the_move_through_an_open_file_is_found(tmp_path) -> None:
    """A device that kept the file open and goes on in it writes into `.taken`: a new arrival, linked to the first."""
    bench = Bench(tmp_path, mode="remote")
    with (bench.drop / "scan.pdf").open("ab") as writer:
        writer.write(pdf())
        writer.flush()
        bench.settle()
        assert bench.inlet.hashes == {digest(pdf())}
        writer.write(pdf_grown(pdf())[len(pdf()) :])
    bench.settle()

    assert digest(pdf_grown(pdf())) in bench.inlet.hashes
    assert [record["grows_from"] for record in bench.inlet.records("arrivals") if record["grows_from"]] == [
        digest(pdf())
    ]
    assert bench.settle().taken == 0


def test_B_03_a_restart_finds_what_was_written_after_the_move(tmp_path) -> None:
    """The name in `.taken` says what the file was, so no memory of ours is needed to see that it grew."""
    bench = Bench(tmp_path)
    (bench.drop / "scan.pdf").write_bytes(pdf())
    bench.settle()
    bench.aside()[0].write_bytes(pdf_grown(pdf()))
    bench.service = bench.fresh()

    bench.settle()

    assert digest(pdf_grown(pdf())) in bench.inlet.hashes


def test_B_04_a_name_used_again_at_once_is_another_paper(bench: Bench) -> None:
    """Three hundred papers under one name are three hundred papers."""
    bodies = [pdf(body=b"paper %d" % number) for number in range(300)]

    for body in bodies:
        (bench.drop / "scan.pdf").write_bytes(body)
        bench.settle()

    assert bench.inlet.hashes == {digest(body) for body in bodies}
    assert len(bench.inlet.records("arrivals")) == 300


def test_B_04_a_paper_put_under_the_name_while_the_first_is_accepted_is_not_lost(bench: Bench, monkeypatch) -> None:
    """The scanner renames a new file over the old one just before we move it aside: the new one is taken next."""
    first, second = pdf(body=b"first"), pdf(body=b"other")
    (bench.drop / "scan.pdf").write_bytes(first)
    real = bench.inlet.accept

    def slip_in(parts):
        real(parts)
        monkeypatch.undo()
        (bench.root / "next").write_bytes(second)
        (bench.root / "next").rename(bench.drop / "scan.pdf")

    monkeypatch.setattr(bench.inlet, "accept", slip_in)
    bench.settle()
    bench.settle()

    assert bench.inlet.hashes == {digest(first), digest(second)}
    assert bench.names() == set()


@pytest.mark.parametrize("window", range(3))
def test_B_04_a_paper_swapped_in_between_look_and_move_is_taken_as_a_new_arrival(
    bench: Bench, monkeypatch, window
) -> None:
    """Whichever of the last looks it slips past, the paper that was moved by mistake is found in `.taken`."""
    first, second = pdf(body=b"first"), pdf(body=b"other")
    (bench.drop / "scan.pdf").write_bytes(first)
    real, looks = os.rename, []

    def swap(source, target, **where):
        if source == "scan.pdf" and not looks:
            looks.append(window)
            spare = bench.root / "next"
            spare.write_bytes(second)
            if window == 1:  # the same size and time as the first: only the inode tells
                times = (bench.drop / "scan.pdf").stat()
                os.utime(spare, ns=(times.st_mtime_ns, times.st_mtime_ns))
            real(spare, bench.drop / "scan.pdf")
        return real(source, target, **where)

    monkeypatch.setattr(os, "rename", swap)
    bench.settle()
    monkeypatch.undo()
    if window == 2:
        bench.service = bench.fresh()
    bench.settle()

    assert bench.inlet.hashes == {digest(first), digest(second)}


@pytest.mark.parametrize(
    "temp", ["scan.pdf.part", "scan.tmp", ".scan.pdf", "~scan.pdf", "scan.pdf~", "scan.pdf.filepart"]
)
def test_B_05_a_temporary_name_is_never_taken_and_shown_while_it_may_become_a_paper(bench: Bench, temp: str) -> None:
    """The final name is taken, the temporary never; it is listed as arriving for an hour after its last change."""
    (bench.drop / temp).write_bytes(pdf())

    waiting = bench.settle(3_000)
    assert (waiting.taken, waiting.refused, len(waiting.arriving), waiting.due) == (0, 0, 1, None)
    left = bench.settle(100_000)
    assert (left.taken, left.refused, left.arriving) == (0, 0, ())
    (bench.drop / temp).rename(bench.drop / "scan.pdf")
    bench.settle()

    assert bench.inlet.hashes == {digest(pdf())}


def test_B_06_a_file_is_found_without_any_event_and_taken_once(bench: Bench) -> None:
    """Rounds alone find it; more rounds than events, or none, change nothing."""
    (bench.drop / "scan.png").write_bytes(png())

    results = [bench.settle() for _ in range(5)]

    assert [result.taken for result in results] == [1, 0, 0, 0, 0]
    assert len(bench.inlet.records("arrivals")) == 1


@pytest.mark.parametrize("moment", [0, 1, 4_070_908_800, 253_402_300_799, 2**33])
def test_B_21_the_clock_of_a_scanner_has_no_say(bench: Bench, moment: int) -> None:
    """1970 or 2099: the quiet time is ours, and a wall clock that jumps a day changes nothing."""
    path = bench.drop / "scan.pdf"
    path.write_bytes(pdf())
    os.utime(path, (moment, moment))

    assert bench.service.round().taken == 0
    bench.clock.wall = bench.clock.wall.replace(year=2030)
    assert bench.service.round().taken == 0
    bench.clock.pass_(1)

    assert bench.service.round().taken == 1


@pytest.mark.parametrize("pause", [0.5, 5.0, 500.0])
def test_B_23_a_longer_pdf_that_begins_with_a_taken_one_names_it(bench: Bench, pause: float) -> None:
    """Grown before it was taken it is one paper; grown later it is handed over with the hash of what it grew from."""
    path, short = bench.drop / "scan.pdf", pdf()
    long = pdf_grown(short)
    path.write_bytes(short)
    bench.service.round()
    bench.clock.pass_(pause)
    bench.service.round()
    path.write_bytes(long)
    bench.settle()

    by_hash = {record["sha256"]: record["grows_from"] for record in bench.inlet.records("arrivals")}
    assert by_hash == ({digest(long): None} if pause < 1 else {digest(short): None, digest(long): digest(short)})


def test_B_23_growth_is_traced_over_several_steps_to_the_latest(bench: Bench) -> None:
    """Three versions: each names the one right before it."""
    versions = [pdf()]
    versions += [pdf_grown(versions[-1]), pdf_grown(pdf_grown(versions[-1]))]
    for version in versions:
        (bench.drop / "scan.pdf").write_bytes(version)
        bench.settle()

    by_hash = {record["sha256"]: record["grows_from"] for record in bench.inlet.records("arrivals")}
    assert [by_hash[digest(version)] for version in versions] == [None, digest(versions[0]), digest(versions[1])]


def test_B_23_two_papers_that_only_look_alike_are_not_linked(bench: Bench) -> None:
    """One byte of difference in the beginning, and nothing is said to have grown."""
    (bench.drop / "a.pdf").write_bytes(pdf(body=b"x"))
    bench.settle()
    (bench.drop / "b.pdf").write_bytes(pdf_grown(pdf(body=b"y")))
    bench.settle()

    assert {record["grows_from"] for record in bench.inlet.records("arrivals")} == {None}
