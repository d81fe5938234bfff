"""The counter page by keyboard and clock: the paper is one step away, and its times are Finland's."""

import io
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.pages.conftest import Counter
from workers.pages.labels import day_time


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_skip_link_leads_past_the_list(counter: Counter, served: str, browser_page: Page) -> None:
    """The first Tab stop goes to the chosen filing, whose place on the page has a name."""
    browser_page.goto(f"{served}?language=sv#{counter.filing}")
    expect(browser_page.locator("article")).to_be_visible()

    browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Enter")

    expect(browser_page.get_by_role("region", name="Valt ärende")).to_be_focused()
    assert browser_page.url.endswith(f"#{counter.filing}")


def test_times_are_finlands_wherever_the_server_stands() -> None:
    """The page shows the hour that the receipt on paper shows, summer and winter."""
    summer, winter = datetime(2026, 7, 1, 21, 30, tzinfo=UTC), datetime(2026, 1, 1, 10, 0, tzinfo=UTC)

    assert day_time(summer, summer) == "00:30"
    assert day_time(winter, winter) == "12:00"


def test_the_receipt_names_itself_in_the_viewers_tab(counter: Counter) -> None:
    """The PDF's title is what it is and the filing's code, in the page's language; nothing of the customer."""
    counter.decide()

    answer = counter.client.get(f"/filing/{counter.filing}/receipt?language=sv")

    metadata = PdfReader(io.BytesIO(answer.content)).metadata
    assert metadata is not None
    assert metadata.title == f"Intyg över inlämnad handling {counter.filing}"
