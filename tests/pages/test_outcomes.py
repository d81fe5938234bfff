"""How a matter ends that is not sent, and why it came on paper: one choice, kept for the figures without a person."""

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import Counter
from workers.ledger import reports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def codes(counter: Counter, what: str) -> list[str]:
    """The codes of what happened to the filing, oldest first."""
    return [event["code"] for event in reports.show(counter.ledger, counter.filing)["events"] if event["what"] == what]


def test_done_online_instead_is_an_outcome(counter: Counter, served: str, browser_page: Page) -> None:
    """Ended by name; list and page say how; the code outlives the content."""
    page = browser_page
    page.goto(f"{served}?language=en#{counter.filing}")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("input[name=advisor]").fill("Aino")
    page.locator("h2").click()
    page.keyboard.press("m")
    page.locator("select[name=ending]").select_option(label="Done online instead")
    page.once("dialog", lambda dialog: dialog.accept())

    page.locator("button[value=destroy]").click()

    expect(page.locator(".why")).to_have_text("The matter was done online instead.")
    expect(page.locator("ul.people")).to_contain_text("Aino destroyed it")
    assert codes(counter, "destroyed") == ["done_online"]
    assert counter.state() == "purged"


def test_why_on_paper_is_one_tap(counter: Counter, served: str, browser_page: Page) -> None:
    """Pressed by key, changed by another press; what is typed meanwhile stays and the decision is not touched."""
    page = browser_page
    page.goto(f"{served}?language=fi#{counter.filing}")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("input[name=reason]").fill("kesken")

    page.locator("button[data-why=no_skill]").press("Enter")
    page.locator("button[data-why=no_means]").click()

    expect(page.locator("button[data-why=no_means]")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("button[data-why=no_means]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("button[data-why=no_skill]")).to_have_attribute("aria-pressed", "false")
    assert codes(counter, "why on paper") == ["no_skill", "no_means"]
    assert counter.state() == "waiting"


def test_a_code_that_nobody_knows_is_refused(counter: Counter) -> None:
    """Figures count only what the page offers."""
    headers = {"sec-fetch-site": "same-origin"}

    answer = counter.client.post(f"/filing/{counter.filing}/why", data={"code": "x"}, headers=headers)

    assert answer.status_code == 400
    assert counter.decide(action="destroy", ending="x") == 400
