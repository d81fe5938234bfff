"""Pages of one batch written as many files join in one hand-over; never half of one."""

import pytest

from intake.base.errors import BadFile
from scanners.profile import PROFILES, BatchRule, NameKind, load_profile
from tests.scanners.support import Bench, digest, files_left, pdf, pdf_grown, png


@pytest.fixture
def pages(tmp_path) -> Bench:
    """A folder whose scanner writes each page as a file."""
    return Bench(tmp_path, profile="page-files")


def batches(bench: Bench) -> list[object]:
    """The labels of what was handed over together, sorted."""
    return sorted(record["labels"] for record in bench.inlet.records("hand-overs"))


def test_pages_of_one_batch_are_one_hand_over_in_page_order(pages: Bench) -> None:
    """Ten comes after nine, whatever the order of writing; the quiet time of the batch ends it."""
    for number in (10, 9, 11):
        (pages.drop / f"0915_{number}.png").write_bytes(png(number))
    assert pages.settle().taken == 0
    pages.clock.pass_(8)

    assert pages.service.round().taken == 3
    assert [record["labels"] for record in pages.inlet.records("hand-overs")] == [
        ["0915_9.png", "0915_10.png", "0915_11.png"]
    ]
    assert pages.names() == set()


def test_A_08_a_batch_of_more_pages_than_files_may_be_open_is_taken_whole(pages: Bench) -> None:
    """Each page byte for byte in one hand-over, and a page that begins with an earlier scan is known by it."""
    (pages.drop / "single.pdf").write_bytes(pdf())
    assert pages.settle().taken == 1
    written = [png(number) for number in range(1, 300)] + [pdf_grown(pdf())]
    for number, content in enumerate(written):
        (pages.drop / f"0915_{number}.{'pdf' if content.startswith(b'%PDF') else 'png'}").write_bytes(content)
    with files_left(16):
        pages.settle()
        taken = pages.settle(8)

    assert (taken.taken, taken.code, pages.names()) == (300, None, set())
    kept = pages.root / "kept" / "scans"
    assert {digest((kept / name).read_bytes()) for name in pages.inlet.hashes} == {digest(x) for x in (pdf(), *written)}
    assert [len(labels) for labels in batches(pages)] == [300, 1]
    grown = [record for record in pages.inlet.records("arrivals") if record["grows_from"]]
    assert [(record["label"], record["grows_from"]) for record in grown] == [("0915_299.pdf", digest(pdf()))]


def test_a_page_that_comes_late_restarts_the_batch_quiet_time(pages: Bench) -> None:
    """A pause between pages shorter than the quiet time does not split a batch."""
    for number in range(1, 5):
        (pages.drop / f"0915_{number}.png").write_bytes(png(number))
        assert pages.settle(7).taken == 0
    pages.clock.pass_(8)

    assert pages.service.round().taken == 4
    assert len(pages.inlet.records("hand-overs")) == 1


def test_two_batches_and_a_single_file_are_three_hand_overs(pages: Bench) -> None:
    """Only what belongs together joins."""
    for name in ("a_1.png", "a_2.png", "b_1.png"):
        (pages.drop / name).write_bytes(png(len(name), ord(name[0]) - 90))
    (pages.drop / "single.pdf").write_bytes(pdf())
    pages.settle()
    pages.settle(8)

    assert sorted(record["labels"] for record in pages.inlet.records("hand-overs")) == [
        ["a_1.png", "a_2.png"],
        ["b_1.png"],
        ["single.pdf"],
    ]


@pytest.mark.parametrize("fault", ["cut", "gap", "empty"])
def test_P2_a_batch_that_stays_incomplete_is_refused_whole(pages: Bench, fault: str) -> None:
    """One page cut short, missing or empty: none of it is taken as if it were all; every page's bytes are kept."""
    for number in (1, 2, 3):
        (pages.drop / f"a_{number}.png").write_bytes(png(number))
    if fault == "gap":
        (pages.drop / "a_2.png").unlink()
    else:
        (pages.drop / "a_2.png").write_bytes(png()[:-6] if fault == "cut" else b"")
    for _ in range(16):
        pages.settle(5)

    expected = {"cut": ["damaged"] * 3, "gap": ["damaged"] * 2, "empty": ["damaged", "damaged", "empty"]}[fault]
    assert pages.inlet.codes == expected
    assert pages.inlet.hashes == set()
    assert pages.names() == set()


def test_a_batch_with_an_end_mark_waits_for_it(tmp_path) -> None:
    """However long the pause, only the mark ends it; the mark goes with the pages."""
    bench = Bench(tmp_path, profile="page-files-end-mark")
    (bench.drop / "a_1.png").write_bytes(png(1))
    assert bench.settle(50).taken == 0
    (bench.drop / "a_2.png").write_bytes(png(2))
    assert bench.settle(50).taken == 0
    (bench.drop / "a.end").write_bytes(b"")

    assert bench.service.round().taken == 2
    assert bench.names() == set()
    assert bench.inlet.codes == []


def test_B_03_a_page_that_changes_while_the_batch_is_copied_stops_the_batch(pages: Bench, monkeypatch) -> None:
    """Nothing of it is handed over before all of it is still."""
    for number in (1, 2):
        (pages.drop / f"a_{number}.png").write_bytes(png(number))
    pages.settle(1)
    pages.clock.pass_(8)
    from scanners import taker

    real, done = taker.copy, []

    def copy_then_change(held, **named):
        copied = real(held, **named)
        if not done:
            done.append(True)
            (pages.drop / "a_1.png").write_bytes(png(9))
        return copied

    monkeypatch.setattr(taker, "copy", copy_then_change)
    assert pages.service.round().taken == 0
    assert pages.inlet.hashes == set()
    pages.settle(1)
    pages.settle(9)

    assert pages.inlet.hashes == {digest(png(9)), digest(png(2))}


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_profile_loads_and_leaves_our_own_names_alone(path) -> None:
    """A profile that took the marker or the side folders for papers would be a fault of ours."""
    profile = load_profile(path.stem)

    assert {profile.kind_of(name) for name in (".vireille-folder", ".taken", ".refused", "Thumbs.db")} == {
        NameKind.IGNORED
    }
    assert profile.kind_of("SCAN0001.PDF") is NameKind.SCAN
    assert profile.kind_of("scan.pdf.part") is NameKind.TEMP


def test_an_unknown_profile_is_told_with_those_there_are() -> None:
    """A typing error in the settings is found at the start."""
    with pytest.raises(BadFile, match="plain"):
        load_profile("plian")


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("{batch}_{page}.*", "0915_0012.jpg", ("0915", 12)),
        ("{batch}_{page}.*", "a_b_3.tif", ("a_b", 3)),
        ("{batch}_{page}.*", "scan.pdf", None),
        ("Scan ({batch}) p{page}.pdf", "scan (x.y) P7.PDF", ("x.y", 7)),
        ("{page}-{batch}.png", "12-abc.png", ("abc", 12)),
    ],
)
def test_a_page_name_gives_its_batch_and_number(pattern: str, name: str, found) -> None:
    """Everything in a pattern but its placeholders and stars is meant literally."""
    assert BatchRule(page_name=pattern).page_of(name) == found
