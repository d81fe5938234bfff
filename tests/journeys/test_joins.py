"""Papers that belong together, or shall not be sent, through the command line and the whole journey."""

from pathlib import Path

from tests.journeys.conftest import Pages, Point, pdf
from tests.journeys.test_walk import open_by_hand


def states(point: Point) -> dict[str, str]:
    """The state of each filing."""
    return {filing["id"]: filing["state"] for filing in point.status()["filings"]}


def dropped(point: Point, name: str, content: bytes) -> str:
    """A scan worked off; the id of its filing."""
    before = {filing["id"] for filing in point.status()["filings"]}
    point.drop(name, content)
    point.work()
    return str(next(filing["id"] for filing in point.status()["filings"] if filing["id"] not in before))


def test_two_halves_of_a_form_go_as_one(point: Point, filled: Pages, tmp_path: Path) -> None:
    """The second page, scanned by itself, is added to the first: judged again, complete, one bundle, both originals."""
    pages = filled("kela-sv4")
    halves = [pdf(pages[0]), pdf(pages[1])]
    first, second = (dropped(point, f"{number}.pdf", half) for number, half in enumerate(halves))
    before = states(point)

    point.command("join", second, "--into", first, "--as", "attachment", "--advisor", "Aino")
    point.work()
    filing = next(one for one in point.status()["filings"] if one["id"] == first)
    out = tmp_path / "out"
    manifest = open_by_hand(point.folder / "hub" / "kela" / f"{filing['bundle']}.p7m", point, "kela", out)

    assert set(before.values()) == {"waiting"}
    assert states(point) == {first: "delivered", second: "joined"}
    assert len(filing["pages"]) == 2
    assert [(out / "original" / f"{number:03d}.pdf").read_bytes() for number in (1, 2)] == halves
    assert [(page["file"], page["form_page"]) for page in manifest["pages"]] == [  # type: ignore[attr-defined]
        ("original/001.pdf", 1), ("original/002.pdf", 2),
    ]  # fmt: skip
    assert "as it was stored" in point.command("verify")
    assert "gone" in point.command("part", second, expect=2)


def test_a_rescan_takes_the_place_of_the_first_scan(point: Point, filled: Pages) -> None:
    """What waited without a signature ends when the signed paper comes; the mistake can be undone."""
    first = dropped(point, "a.pdf", pdf(*filled("kela-sv4", empty=("allekirjoitus",))))
    second = dropped(point, "b.pdf", pdf(*filled("kela-sv4", seed=4, empty=("allekirjoitus",))))

    point.command("join", second, "--into", first, "--as", "rescan", "--advisor", "Aino")
    joined = states(point)
    shown = point.command("show", first)
    point.command("part", first)

    assert joined == {first: "joined", second: "waiting"}
    assert "reason: The paper was scanned again. The new scan goes on in its place. (same_paper)" in shown
    assert states(point) == {first: "waiting", second: "waiting"}


def test_a_paper_that_shall_not_be_sent_is_destroyed(point: Point, filled: Pages) -> None:
    """By name and reason; both stay, what was scanned does not."""
    filing = dropped(point, "a.pdf", pdf(*filled("kela-sv4", empty=("allekirjoitus",))))

    point.command("destroy", filing, "--reason", "changed her mind", expect=2)
    point.command("destroy", filing, "--reason", "changed her mind", "--advisor", "Aino")

    assert states(point) == {filing: "purged"}
    assert "destroyed by Aino: reason changed her mind" in point.command("show", filing)
    assert "cannot be destroyed" in point.command("destroy", filing, "--reason", "x", "--advisor", "A", expect=2)
