"""An answer of the authority is found in the store without waiting for its filing's turn."""

from intake.base.settings import load_settings
from tests.journeys.conftest import Pages, Point, pdf
from workers.run import asked_receipts
from workers.run.open_point import open_point


def test_an_answer_is_seen_soon_while_somebody_looks(point: Point, filled: Pages) -> None:
    """Nothing is woken before the office answers; then only that filing, whose next turn is now."""
    point.drop("scan.pdf", pdf(*filled("dvv-nimi", "sv")))
    point.work()
    bundle = point.status()["filings"][0]["bundle"]
    out = str(point.folder / "office")
    words = ("--provider", "maistraatti", "--out", out)

    with open_point(load_settings(point.config)) as running:
        before = asked_receipts.look(running.tools)
        point.command("inbox", "receive", *words)
        point.command("inbox", "ack", bundle, *words)
        after = asked_receipts.look(running.tools)
        again = asked_receipts.look(running.tools)

    assert (before, after, again) == (0, 1, 0)
