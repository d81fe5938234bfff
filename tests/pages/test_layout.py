"""The decision is in sight, on a small screen and zoomed in; every view passes axe; the keyboard is enough."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.pages.conftest import Counter, unknown, waiting
from tests.pages.test_pairs import of_one_person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def must_be_clean(page: Page) -> None:
    """Axe finds nothing on the page as it stands, its style sheets loaded."""
    page.wait_for_load_state()
    found = Axe().run(page, options=RULES)

    assert not found.response["violations"], found.generate_report()


def in_sight(page: Page, what: str) -> None:
    """`what` stands wholly within the window without scrolling."""
    expect(page.locator(what).first).to_be_visible()
    assert page.locator(what).first.evaluate(
        "one => { const box = one.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; }"
    )


def test_the_decision_is_in_sight_with_a_gap_and_a_pair(counter: Counter, served: str, browser_page: Page) -> None:
    """At 1366x768 the verdict, the gap, the likely pair and the buttons are all seen without scrolling."""
    waiting(counter.ledger, counter.blobs, of_one_person("Gap 1."))
    later = waiting(counter.ledger, counter.blobs, of_one_person("Gap 2."))

    browser_page.goto(f"{served}?language=fi#{later}")

    for what in (".verdict", "ul.gaps button", "ul.pairs button", "button[value=release]", "button[value=hold]"):
        in_sight(browser_page, what)
    assert browser_page.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize(("width", "height"), [(683, 384), (342, 192), (320, 640)])
def test_zoomed_in_the_verdict_comes_first(
    counter: Counter, served: str, browser_page: Page, width: int, height: int
) -> None:
    """At 200 % and 400 % of a small screen: one column, the verdict before the list, nothing sideways."""
    browser_page.set_viewport_size({"width": width, "height": height})

    browser_page.goto(f"{served}?language=fi#{counter.filing}")

    verdict = browser_page.locator("article .verdict")
    expect(verdict).to_be_visible()
    assert verdict.evaluate("one => one.getBoundingClientRect().top") < 2 * height
    assert browser_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    browser_page.locator("#side > summary").click()
    browser_page.locator(f'#list a[data-filing="{counter.filing}"]').click()
    expect(browser_page.locator("#list")).to_be_hidden()
    expect(browser_page.locator("button[value=release]")).to_be_enabled()
    browser_page.locator("button[value=release]").focus()
    expect(browser_page.locator("button[value=release]")).to_be_in_viewport()


WIDER_THAN_ITS_PLACE = """one => { const brush = document.createElement("canvas").getContext("2d");
    brush.font = getComputedStyle(one).font;
    return brush.measureText(one.selectedOptions[0].text).width > one.clientWidth - 36; }"""


def must_be_read_whole(page: Page) -> None:
    """No choice's text is cut by the edge of its field."""
    for choice in page.locator("form.decide select:visible").all():
        assert not choice.evaluate(WIDER_THAN_ITS_PLACE), choice.get_attribute("name")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_axe_finds_nothing(counter: Counter, served: str, browser_page: Page, language: str) -> None:
    """List, a gap with a pair, an unknown paper, a search, the open menu, the help and the narrow page are clean."""
    page = browser_page
    waiting(counter.ledger, counter.blobs, of_one_person("Gap 1."))
    later = waiting(counter.ledger, counter.blobs, of_one_person("Gap 2."))
    paper = waiting(counter.ledger, counter.blobs, unknown())
    for filing in (later, paper):
        page.goto("about:blank")
        page.goto(f"{served}?language={language}#{filing}")
        expect(page.locator(f'article[data-filing="{filing}"] button[value=release]')).to_be_enabled()
        must_be_clean(page)
        must_be_read_whole(page)
    page.locator("details.more > summary").click()
    must_be_clean(page)
    page.locator("#search").fill("asumistuki")
    expect(page.locator("#matters li")).not_to_have_count(0)
    must_be_clean(page)
    page.locator("#help-open").click()
    must_be_clean(page)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 342, "height": 640})
    must_be_clean(page)


def test_the_keyboard_is_enough(counter: Counter, served: str, browser_page: Page) -> None:
    """`?` shows the keys, Escape closes; arrows choose, M opens the rest, Escape goes back to the filing."""
    page = browser_page
    other = counter.another("Another gap.")
    page.goto(f"{served}?language=en")
    expect(page.locator(f'article[data-filing="{other}"] button[value=release]')).to_be_enabled()

    page.keyboard.press("?")
    expect(page.locator("#help")).to_contain_text("replace the earlier one")
    page.keyboard.press("l")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(page.locator(f'article[data-filing="{counter.filing}"] button[value=release]')).to_be_enabled()
    page.keyboard.press("m")
    expect(page.locator("textarea[name=message]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("details.more > summary")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator("#detail")).to_be_focused()
    assert (counter.decided(), counter.decided(other)) == ([], [])


def test_news_does_not_move_the_focus(counter: Counter, served: str, browser_page: Page) -> None:
    """Who stands in the list, or on a gap, stays there when papers come in and the shown filing changes."""
    page = browser_page
    page.goto(f"{served}?language=en#{counter.filing}")
    link = page.locator(f'#list a[data-filing="{counter.filing}"]')
    link.focus()
    counter.another("News.")
    expect(page.locator("#list a")).to_have_count(2)
    expect(link).to_be_focused()

    gap = page.locator("ul.gaps button[data-gap]")
    gap.focus()
    counter.decide(action="hold")
    expect(page.locator(".verdict.held")).to_be_visible()

    expect(gap).to_be_focused()
