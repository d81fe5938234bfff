"""The operator's page in a real browser, over five real points."""

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from intake.base.filing import Verdict
from tests.browsing import chromium, must_say_that_it_has_no_answer, turned_by_hand
from tests.operator.conftest import Points
from tests.pages.conftest import document, waiting
from tests.pages.test_layout import must_be_clean
from workers.figures.counting import figures_of
from workers.figures.figures import About, Figures
from workers.figures.hub import send_figures
from workers.figures.papers import Paper
from workers.operator.serve import serve
from workers.run.new_point import PILOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(points: Points) -> Iterator[str]:
    """The page, served as `vireille page operator` serves it."""
    stop, ready, said = threading.Event(), threading.Event(), list[str]()

    def say(text: str) -> None:
        said.append(text.split(": ", 1)[1])
        ready.set()

    thread = threading.Thread(target=serve, args=(points.settings("saarijarvi"), stop, say, points.clock))
    thread.start()
    assert ready.wait(120)
    yield said[0]
    stop.set()
    thread.join(30)


@pytest.fixture(scope="module")
def page(points: Points) -> Iterator[Page]:
    """A browser's window."""
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 1366, "height": 768})


def test_a_point_away_and_a_dead_scanner_are_seen_within_a_minute(points: Points, address: str, page: Page) -> None:
    """The open page says both by itself, first what is urgent; it says so in three languages, and axe finds nothing."""
    page.goto(f"{address}?language=en")
    expect(page.locator("article")).to_have_count(5)
    expect(page.locator(".well")).to_be_visible()
    page.locator("#more-mikkeli summary").click()

    shutil.rmtree(points.scanner("mikkeli"))
    for _ in range(3):  # Pelkosenniemi's machine is off; the others tell three times a minute
        points.clock.pass_(20.5)
        points.tell("pelkosenniemi")

    alarms = page.locator(".alarms li")
    expect(alarms).to_have_count(2)
    expect(alarms.filter(has_text="no contact with the folder of scanner tiski-1")).to_contain_text("Mikkelin")
    expect(alarms.filter(has_text="Pelkosenniemen asiointipiste has not been heard of")).to_contain_text("1 min ago")
    expect(page.locator("#banner")).to_contain_text("New:")
    expect(page.locator("#more-mikkeli")).to_have_attribute("open", "")  # what was open stays so
    must_be_clean(page)
    for language in ("fi", "sv", "en"):
        for width in (1366, 400):
            page.set_viewport_size({"width": width, "height": 768})
            for view in ("", "rules", "alarms"):
                page.goto(f"{address}{view}?language={language}")
                must_be_clean(page)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    assert page.request.get(f"{address}healthz").json()["trouble"] == ["point_away", "scanner_away"]
    measures = page.request.get(f"{address}metrics").text()
    assert 'vireille_alarm{code="scanner_away",point="mikkeli",subject="tiski-1"} 1.0' in measures

    points.scanner("mikkeli").mkdir()
    points.clock.pass_(20)
    points.tell()
    page.goto(f"{address}?language=fi")
    expect(page.locator(".well")).to_have_text("✓ Kaikki kunnossa. Mikään ei odota sinua.")
    assert page.request.get(f"{address}healthz").json() == {"ok": True, "trouble": []}

    late_papers(points, address, page)


def test_a_page_that_has_no_answer_says_so(address: str, page: Page) -> None:
    """A question that hangs is given up, and the page says that it may be old until the next is answered."""
    assert page.context.browser
    mine = page.context.browser.new_page()
    turned_by_hand(mine)
    mine.goto(f"{address}?language=en")
    must_say_that_it_has_no_answer(mine, "may be old")
    mine.close()


def half_a_year(point: str) -> Figures:
    """Invented papers of three authorities; Mikkeli's most."""
    papers = []
    for number in range(60 if point == "mikkeli" else 25):
        at = datetime(2014, 10, 1, 8, tzinfo=UTC) + timedelta(days=number * 3 % 180, minutes=number)
        provider, form = (("vero", "vero-5010"), ("kela", "kela-sv4"), ("te", "te-tem623"))[number * number % 3]
        first = Verdict.COMPLETE if number % 3 else Verdict.INCOMPLETE
        papers.append(
            Paper(
                hand_over=str(number), handed_over=at, kind="form", provider=provider, unit=None, form=form,
                language="fi", pages=2, attachments=0, eservice=True, first=first, last=Verdict.COMPLETE,
                scanned_again=True, gaps=(), why="no_skill", outcome="sent", returns=(), corrections=(),
                verdict_at=at + timedelta(seconds=2), delivered_at=at + timedelta(seconds=30 + number),
            )
        )  # fmt: skip
    period = (date(2014, 10, 1), date(2015, 3, 31))
    return figures_of(papers, point, About(name=PILOT[point].name, periods=(period,), software="1", catalogue=""))


def test_the_figures_that_points_sent_are_drawn_beside_each_other(points: Points, address: str, page: Page) -> None:
    """Two plots for each point that has sent its own; the tables of all together, each as CSV."""
    page.goto(f"{address}figures?language=fi")
    expect(page.locator(".empty")).to_contain_text("vireille figures push")
    for point in ("mikkeli", "parainen", "saarijarvi"):
        tools = points.running[point].tools
        sending = (tools.store, tools.keys.signer, point, half_a_year(point), points.clock.now())
        points.elsewhere.submit(send_figures, *sending).result()

    for language in ("fi", "sv", "en"):
        for width in (1366, 400):
            page.set_viewport_size({"width": width, "height": 768})
            page.goto(f"{address}figures?language={language}")
            expect(page.locator(".multiples svg")).to_have_count(6)
            must_be_clean(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    link = page.locator("a[download]", has_text="numbers.csv").evaluate("link => link.href")
    assert "110" in page.request.get(link).text()  # all papers of the three
    assert page.request.get(f"{address}figures/nothing.csv").status == 404


def late_papers(points: Points, address: str, page: Page) -> None:
    """Saarijärvi's page leads to its own late paper at the counter, and only tells of Parainen's."""
    for point in ("saarijarvi", "parainen"):
        tools = points.running[point].tools
        filing = waiting(tools.ledger, tools.blobs, document(point))
        if point == "saarijarvi":
            mine = filing
    points.clock.pass_(25 * 3600)
    points.tell()

    page.goto(f"{address}?language=sv")

    expect(page.locator(".alarms li.unsure")).to_have_count(2)
    expect(page.locator(".alarms")).to_contain_text("Pargas servicepunkt: 1 papper för länge i läget ”Väntar på")
    expect(page.locator(".papers a")).to_have_count(1)
    expect(page.locator(".papers a")).to_have_attribute("href", f"http://127.0.0.1:18090/#{mine}")
    must_be_clean(page)

    (points.folder / "hub").rename(points.folder / "gone")
    points.clock.pass_(5)
    page.goto(f"{address}?language=en")
    expect(page.locator("p.said")).to_contain_text("The hub does not answer. Below is what was last known")
    expect(page.locator("article")).to_have_count(5)
    (points.folder / "gone").rename(points.folder / "hub")
