"""Returned papers, the post, an undo with a stated time, and several advisors at one ledger, through the page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from intake.base.arrival import Arrival
from intake.base.clock import SystemClock
from intake.base.settings import Release
from intake.base.states import State
from tests.pages.conftest import Counter
from workers.ledger import Changes, Person, people, reports, scans
from workers.ledger.claim import claim
from workers.ledger.recent import last_release

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def colleague(browser_page: Page) -> Iterator[Page]:
    """Another advisor's page, in a browser of its own."""
    browser = browser_page.context.browser
    assert isinstance(browser, Browser)
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    yield page
    page.context.close()


def opened(page: Page, served: str, filing: str, name: str) -> None:
    """The filing's page with the advisor's name on it."""
    page.goto(f"{served}?language=en")
    page.evaluate(f"sessionStorage.setItem('advisor', '{name}')")
    page.goto("about:blank")
    page.goto(f"{served}?language=en#{filing}")
    expect(page.locator(f'article[data-filing="{filing}"] button[name=action]').first).to_be_enabled()


def returned(counter: Counter, **said: str) -> None:
    """The filing comes back from the authority."""
    counter.decide()
    reason = said["reason"]
    counter.go_on(
        (State.ROUTED, Changes(provider="vero", unit="jyvaskyla")),
        (State.SEALED, Changes(bundle="b1")),
        (State.DELIVERED, Changes()),
        (State.RETURNED, Changes(reason=reason, facts={"receipt": {"outcome": "returned", **said}})),
    )


def test_one_key_sends_a_returned_paper_where_the_authority_says(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """Returned is first; the unit that the office names is offered, and K sends it there, once."""
    page = browser_page
    returned(counter, reason="wrong_unit", unit="turku", note="Kuuluu Turkuun.")
    newer = counter.another("Another gap.")
    opened(page, served, counter.filing, "Aino")
    expect(page.locator("#list a").first).to_have_attribute("data-filing", counter.filing)
    expect(page.locator("#list a").nth(1)).to_have_attribute("data-filing", newer)
    expect(page.locator("ul.pairs button").first).to_contain_text("Send to:")

    page.keyboard.press("k")
    page.keyboard.press("k")

    expect(page.locator("article")).to_contain_text("On its way")
    assert counter.decided() == ["released", "released"]
    assert reports.show(counter.ledger, counter.filing)["unit"] == "turku"


def test_the_post_has_its_cover_sheet_on_the_page(counter: Counter, served: str, browser_page: Page) -> None:
    """The paper that goes by post is kept, says so, and its cover can be printed again."""
    page = browser_page
    opened(page, served, counter.filing, "Aino")
    page.keyboard.press("m")
    page.locator("button[value=post]").click()

    expect(page.locator(".why")).to_contain_text("went by post")
    expect(page.locator("a.cover")).to_be_visible()
    sheet = counter.client.get(page.locator("a.cover").get_attribute("href") or "")
    assert sheet.content.startswith(b"%PDF")
    assert counter.state() == "held"


def test_who_has_a_paper_open_is_seen_and_taken_over_by_a_key(
    counter: Counter, served: str, browser_page: Page, colleague: Page
) -> None:
    """The second reads whose it is, in list and page; O takes it; the first is told and loses nothing typed."""
    opened(browser_page, served, counter.filing, "Aino")
    browser_page.locator("input[name=reason]").fill("kesken")
    opened(colleague, served, counter.filing, "Pekka")
    expect(colleague.locator("#holder")).to_contain_text("Aino has this filing open")
    expect(colleague.locator("#list")).to_contain_text("open: Aino")

    colleague.keyboard.press("o")

    expect(colleague.locator("#holder")).to_be_hidden()
    expect(browser_page.locator("#holder")).to_contain_text("Pekka has this filing open")
    assert browser_page.locator("input[name=reason]").input_value() == "kesken"
    assert counter.decided() == []


def test_the_same_file_again_is_said_and_makes_no_second_filing(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """One line of news, and a sentence on the filing's own page."""
    page = browser_page
    other = counter.another("Another gap.")
    opened(page, served, other, "Aino")
    first = reports.show(counter.ledger, counter.filing)
    scan = str(first["scan"] if "scan" in first else first["pages"][0]["scan"])

    scans.accept(counter.ledger, (Arrival("tiski-1", "again.pdf", 6, SystemClock().now(), sha256=scan),))

    expect(page.locator("#news")).to_contain_text("the same file again")
    page.keyboard.press("n")
    expect(page.locator(f'article[data-filing="{counter.filing}"] .top .note')).to_contain_text("No new filing")
    assert page.locator("#list a").count() == 2


def test_a_sending_can_be_taken_back_for_the_time_stated(counter: Counter, served: str, browser_page: Page) -> None:
    """No worker touches it meanwhile; the page counts down; Z takes it back."""
    page = browser_page
    counter.desk.policy = Release(undo_seconds=60)
    opened(page, served, counter.filing, "Aino")
    page.locator("input[name=reason]").fill("tuo loput")
    page.locator("button[value=release]").click()
    expect(page.locator("[data-left]")).to_contain_text("Can be taken back for")
    assert claim(counter.ledger, (State.READY,), worker="w", lease_seconds=60) is None
    expect(page.locator("button[value=hold]")).to_be_enabled()

    page.keyboard.press("z")

    expect(page.locator(".verdict.held")).to_be_visible()
    people.release(counter.ledger, counter.filing, Person(advisor="A", reason="x"))
    assert claim(counter.ledger, (State.READY,), worker="w", lease_seconds=60) is not None


def test_where_the_point_asks_nothing_goes_before_the_identity_is_said(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """No answer is chosen beforehand; the page asks; what was said is kept over an undo and travels."""
    page = browser_page
    counter.desk.policy = Release(undo_seconds=60, ask_identity=True)
    opened(page, served, counter.filing, "Aino")
    page.locator("input[name=reason]").fill("tuo loput")
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(page.locator("#said")).to_contain_text("say how the identity was checked")
    expect(page.locator("select[name=identity]")).to_be_focused()
    assert counter.decided() == []

    page.locator("select[name=identity]").select_option("passport")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("button[value=release]").click()
    expect(page.locator("button[value=hold]")).to_have_text("Undo")
    expect(page.locator("button[value=hold]")).to_be_enabled()
    page.keyboard.press("z")

    expect(page.locator(".verdict.held")).to_be_visible()
    expect(page.locator("select[name=identity]")).to_have_value("passport")
    said = last_release(counter.ledger, counter.filing)
    assert said is not None
    assert said.identity == "passport"
