"""Accepting: durable, once, whatever arrives twice."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from intake.base.arrival import Arrival
from intake.base.errors import DiskFull, NotWhole
from intake.base.states import State
from tests.ledger.conftest import START, Desk
from workers.ledger import ArrivingFile, Changes, Person, claimed, people, reports, scans, verify
from workers.ledger.scans import LOW_WATER_BYTES, PointInlet


def arrival(path: Path, content: bytes, **values: object) -> Arrival:
    """A file with `content` as a drop folder hands it over."""
    import hashlib

    path.write_bytes(content)
    given = {"scanner": "tiski-1", "label": "paper.pdf", "handed_over": START, **values}
    return Arrival(copy=path, size=len(content), sha256=hashlib.sha256(content).hexdigest(), **given)


def test_accepted_scan_is_kept_and_has_a_filing(desk: Desk, tmp_path: Path) -> None:
    """What was accepted can be read back byte for byte and stands in the status."""
    accepted = PointInlet(desk.ledger, desk.blobs).accept([arrival(tmp_path / "x", b"%PDF- paper")])

    assert desk.blobs.read(accepted.scan) == b"%PDF- paper"
    status = reports.status(desk.ledger)
    assert status["counts"] == {"accepted": 1}
    assert status["scans"] == [
        {
            "sha256": accepted.scan, "scanner": "tiski-1", "bytes": 11, "pages": None, "arrivals": 1,
            "filings": [accepted.filing],
        }
    ]  # fmt: skip
    assert reports.show(desk.ledger, accepted.filing)["handed_over"] == "2015-03-02T09:00:00.000Z"


def test_the_pages_of_a_batch_lie_in_one_file_and_each_is_kept_by_itself(desk: Desk, tmp_path: Path) -> None:
    """A page is its part of the file, neither what lies before it nor what comes after."""
    first, second = arrival(tmp_path / "a", b"page one", key="1"), arrival(tmp_path / "b", b"page two!", key="2")
    joined = tmp_path / "both"
    joined.write_bytes(b"page one" + bytes(4088) + b"page two!")

    PointInlet(desk.ledger, desk.blobs).accept([replace(first, copy=joined), replace(second, copy=joined, start=4096)])

    assert [desk.blobs.read(part.sha256) for part in (first, second)] == [b"page one", b"page two!"]


@pytest.mark.parametrize("now", [b"fir", b"other", b"more and first"])
def test_b_03_bytes_that_changed_after_they_were_judged_are_not_accepted(
    desk: Desk, tmp_path: Path, now: bytes
) -> None:
    """A file that is not what was judged whole makes no filing."""
    found = arrival(tmp_path / "x", b"first")
    found.copy.write_bytes(now)

    with pytest.raises(NotWhole):
        PointInlet(desk.ledger, desk.blobs).accept([found])

    assert reports.status(desk.ledger)["scans"] == []


def test_a_07_a_nearly_full_disk_stops_accepting_and_nothing_else(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the low-water mark new papers stay where they are; those that are here go on and make room."""
    accepted = PointInlet(desk.ledger, desk.blobs).accept([arrival(tmp_path / "a", b"here")])
    monkeypatch.setattr("intake.base.durable.free_bytes", lambda _: LOW_WATER_BYTES)

    with pytest.raises(DiskFull) as raised:
        PointInlet(desk.ledger, desk.blobs).accept([arrival(tmp_path / "b", b"later")])

    assert raised.value.transient
    desk.go_on(accepted.filing, State.CONFIRMED, {State.SEALED: Changes(facts={"blob": desk.blobs.put(b"bundle")})})
    assert len(reports.status(desk.ledger)["scans"]) == 1


def test_M1_a_refused_file_is_kept_as_long_as_its_sealed_copy_is_there(desk: Desk, tmp_path: Path) -> None:
    """The folder asks before it deletes an original; a file that was refused without its bytes is not kept."""
    inlet = PointInlet(desk.ledger, desk.blobs)
    cut, special = arrival(tmp_path / "cut", b"%PDF- cut"), arrival(tmp_path / "x", b"x")
    inlet.refuse(cut, "damaged")
    inlet.refuse(replace(special, copy=None), "not_a_file")

    assert (inlet.keeps(cut.sha256), inlet.knows(cut.sha256)) == (True, False)
    assert desk.blobs.read(cut.sha256) == b"%PDF- cut"
    assert not inlet.keeps(special.sha256)


def test_b_12_same_bytes_twice_are_one_filing_and_two_arrivals(desk: Desk) -> None:
    """A byte-identical scan is noted as a second arrival of the first, from whatever folder it comes."""
    first = desk.accept(b"paper", key="tiski-1:1")
    second = desk.accept(b"paper", scanner="tiski-2", key="tiski-2:9")

    assert (second.filing, second.repeat) == (first.filing, True)
    status = reports.status(desk.ledger)
    assert [scan["arrivals"] for scan in status["scans"]] == [2]
    assert len(status["filings"]) == 1
    assert [event["what"] for event in reports.show(desk.ledger, first.filing)["events"]] == [
        "accepted",
        "arrived again",
    ]


def test_same_arrival_after_a_crash_is_noted_once(desk: Desk) -> None:
    """The same file handed over again, because we died before moving it aside, is no second arrival."""
    desk.accept(b"paper", key="tiski-1:1")
    again = desk.accept(b"paper", key="tiski-1:1")

    assert again.repeat
    assert [scan["arrivals"] for scan in reports.status(desk.ledger)["scans"]] == [1]


def test_b_11_many_at_once_accept_each_file_once(desk: Desk) -> None:
    """Several machines that hand over the same files at the same moment make one filing for each."""
    files = [desk.new_scan(f"paper {number}".encode(), key=f"a:{number}") for number in range(15)]
    barrier = threading.Barrier(4)

    def hand_over() -> None:
        ledger = desk.again()
        barrier.wait()
        for scan in files:
            scans.accept(ledger, (scan,))
        ledger.close()

    threads = [threading.Thread(target=hand_over) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    status = reports.status(desk.ledger)
    assert len(status["filings"]) == len(status["scans"]) == 15
    assert {scan["arrivals"] for scan in status["scans"]} == {1}
    assert verify.verify(desk.ledger, desk.blobs) == []


def test_files_of_one_hand_over_are_one_filing(desk: Desk) -> None:
    """A batch written as many files becomes one filing whose pages run on through the files."""
    parts = [desk.new_scan(b"one"), desk.new_scan(b"two"), desk.new_scan(b"three")]

    filing = scans.accept(desk.ledger, parts).filing
    work = desk.claim(State.ACCEPTED)
    assert work.scans == tuple(part.sha256 for part in parts)
    claimed.advance(desk.ledger, work, State.OPENED, changes=Changes(pages=(1, 2, 3, 4), scan_pages=(1, 2, 1)))

    status = reports.status(desk.ledger)
    assert [(filing["id"], len(filing["pages"])) for filing in status["filings"]] == [(filing, 4)]
    assert status["filings"][0]["pages"][2] == {"scan": parts[1].sha256, "page": 2}
    assert [scan["filings"] for scan in status["scans"]] == [[filing]] * 3
    assert verify.verify(desk.ledger, desk.blobs) == []


def test_batch_with_a_file_that_was_there_goes_on_without_it(desk: Desk) -> None:
    """Of a batch, bytes that are known already stay where they are; the others become a filing."""
    old = desk.accept(b"old").filing
    made = scans.accept(desk.ledger, [desk.new_scan(b"old"), desk.new_scan(b"new"), desk.new_scan(b"new")])

    assert made.filing != old
    assert not made.repeat
    assert len(reports.status(desk.ledger)["scans"]) == 2
    assert reports.show(desk.ledger, made.filing)["events"][-1]["what"] == "arrived again"


def test_b_23_a_scan_that_has_grown_replaces_the_shorter_one(desk: Desk) -> None:
    """The longer file's filing goes on; the shorter one's is joined to it, and a late worker can no longer write."""
    short = desk.accept(b"short")
    work = desk.claim(State.ACCEPTED)
    long = desk.accept(b"short and more", grows_from=short.scan)

    assert desk.state(short.filing) is State.JOINED
    assert reports.show(desk.ledger, short.filing)["joined_to"] == long.filing
    with pytest.raises(Exception, match="taken over"):
        claimed.advance(desk.ledger, work, State.OPENED, changes=Changes(pages=(1,)))


def test_b_23_a_sealed_shorter_scan_stays(desk: Desk) -> None:
    """What has been sealed goes its way; the longer scan becomes a filing of its own beside it."""
    filing = desk.walk(State.SEALED)
    scan = reports.status(desk.ledger)["scans"][0]["sha256"]

    desk.accept(b"longer", grows_from=scan)

    assert desk.state(filing) is State.SEALED
    assert reports.status(desk.ledger)["counts"] == {"accepted": 1, "sealed": 1}


def test_refused_files_are_listed_once(desk: Desk) -> None:
    """A file that was not taken over stays visible with its reason, however often it is met."""
    for _ in range(2):
        scans.refuse(desk.ledger, Arrival("tiski-1", "tyhja.pdf", 0, START, key="tiski-1:5"), "empty")

    assert [(one["code"], one["bytes"], one["sha256"]) for one in reports.status(desk.ledger)["refused"]] == [
        ("empty", 0, None)
    ]
    assert reports.status(desk.ledger)["refused"][0]["text"]["en"].startswith("The file is empty")


def test_scan_that_cannot_be_opened_counts_as_refused(desk: Desk) -> None:
    """A refusal after acceptance moves the scan from the accepted to the refused, and a person can try again."""
    accepted = desk.accept()
    claimed.refuse_scan(desk.ledger, desk.claim(State.ACCEPTED), "locked")

    status = reports.status(desk.ledger)
    assert (status["filings"], status["scans"], status["counts"]) == ([], [], {})
    assert [one["code"] for one in status["refused"]] == ["locked"]

    assert people.release(desk.ledger, accepted.filing, Person(advisor="M")) is State.ACCEPTED
    assert reports.status(desk.ledger)["counts"] == {"accepted": 1}
    assert reports.status(desk.ledger)["refused"] == []


def test_arriving_files_are_replaced_each_round(desk: Desk) -> None:
    """The status shows what lies in each folder now, not what lay there once."""
    scans.set_arriving(desk.ledger, "tiski-1", [ArrivingFile(10, START), ArrivingFile(20, START)])
    scans.set_arriving(desk.ledger, "tiski-2", [ArrivingFile(5, START)])
    scans.set_arriving(desk.ledger, "tiski-1", [])

    assert reports.status(desk.ledger)["arriving"] == [
        {"scanner": "tiski-2", "bytes": 5, "since": "2015-03-02T09:00:00.000Z"}
    ]
