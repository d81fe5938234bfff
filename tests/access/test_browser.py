"""Signing in, working and signing out in a real browser."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.access.conftest import PASSWORD, Staffed
from tests.browsing import served_at
from tests.pages.conftest import browser_page, document, waiting
from tests.pages.test_layout import must_be_clean
from workers.access.sessions import IDLE
from workers.access.table import Role
from workers.ledger.looks import looks

__all__ = ["browser_page"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def address(staffed: Staffed) -> Iterator[str]:
    """The page, served to real browsers."""
    with served_at(staffed.app) as at:
        yield at


def type_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the form and send it by Enter."""
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")


def test_an_advisor_signs_in_sends_a_paper_and_signs_out(staffed: Staffed, address: str, browser_page: Page) -> None:
    """The paper that was asked for opens after sign-in; no name is typed; afterwards nothing is to be seen."""
    staffed.person("aino", Role.ADVISOR)
    page = browser_page
    page.goto(f"{address}?language=en#{staffed.filing}")
    expect(page.locator("h2")).to_have_text("Sign in")
    type_in(page, "aino", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    type_in(page, "aino")

    expect(page.locator(f'article[data-filing="{staffed.filing}"]')).to_be_visible()
    expect(page.locator("header")).to_contain_text("Aino")
    page.locator("input[name=reason]").fill("brings the rest on Monday")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("button[value=release]").click()
    expect(page.locator(".people")).to_contain_text("Aino")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h2")).to_have_text("Sign in")
    with suppress(Error):  # what was kept for 'back' is gone: the browser asks again, or shows its own page
        page.go_back()
    expect(page.locator("article")).to_have_count(0)
    page.goto(address)
    expect(page.locator("h2")).to_have_text("Sign in")

    assert {(look.who, look.filing) for look in looks(staffed.ledger, 10)} == {("Aino", staffed.filing)}


def test_a_page_left_alone_asks_to_sign_in_again(staffed: Staffed, address: str, browser_page: Page) -> None:
    """After rest the open page gives the paper away by itself, and comes back to it after sign-in."""
    staffed.person("aino", Role.ADVISOR)
    page = browser_page
    page.goto(f"{address}?language=sv#{staffed.filing}")
    type_in(page, "aino")
    expect(page.locator("article")).to_be_visible()

    staffed.clock.pass_(IDLE.total_seconds() + 1)

    expect(page.locator("h2")).to_have_text("Logga in")
    type_in(page, "aino")
    expect(page.locator(f'article[data-filing="{staffed.filing}"]')).to_be_visible()


def test_a_paper_that_the_page_shows_by_itself_is_noted_as_such(
    staffed: Staffed, address: str, browser_page: Page
) -> None:
    """The first was opened with the page; a new one is shown by itself until the person chooses it."""
    staffed.person("aino", Role.ADVISOR)
    page = browser_page
    page.goto(f"{address}?language=en")
    type_in(page, "aino")
    expect(page.locator(f'article[data-filing="{staffed.filing}"]')).to_be_visible()

    new = waiting(staffed.ledger, staffed.blobs, document("A page is missing."))
    expect(page.locator(f'article[data-filing="{new}"]')).to_be_visible()
    before = {(look.filing, look.by_itself) for look in looks(staffed.ledger, 10)}
    by_hand = lambda one: one.url.endswith(f"/filing/{new}") and "x-by-itself" not in one.request.headers  # noqa: E731
    with page.expect_response(by_hand):
        page.locator(f'#list a[data-filing="{new}"]').click()

    assert before == {(staffed.filing, False), (new, True)}
    assert (new, False) in {(look.filing, look.by_itself) for look in looks(staffed.ledger, 10)}


def test_text_that_is_being_typed_stays_in_sight_when_the_session_ends(
    staffed: Staffed, address: str, browser_page: Page
) -> None:
    """Nobody's sentence is thrown away: the page says that one must sign in again."""
    staffed.person("aino", Role.ADVISOR)
    page = browser_page
    page.goto(f"{address}?language=en#{staffed.filing}")
    type_in(page, "aino")
    page.locator("input[name=reason]").fill("brings the rest on Monday")

    staffed.clock.pass_(IDLE.total_seconds() + 1)

    expect(page.locator("#said")).to_contain_text("signed out")
    expect(page.locator("input[name=reason]")).to_have_value("brings the rest on Monday")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_axe_finds_nothing_on_the_pages_of_sign_in(
    staffed: Staffed, address: str, browser_page: Page, language: str
) -> None:
    """Sign-in with its refusal, the list of who opened what, a new password, a refusal: clean in each language."""
    staffed.person("aino", Role.SUPERVISOR)
    page = browser_page
    page.goto(f"{address}?language={language}")
    type_in(page, "aino", "not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    must_be_clean(page)
    type_in(page, "aino")
    page.locator('header a[href="/views"]').click()
    expect(page.locator("tbody")).to_be_visible()
    must_be_clean(page)
    page.locator('header a[href="/password"]').click()
    expect(page.locator("input[name=fresh]")).to_be_visible()
    must_be_clean(page)
    page.goto(f"{address}no/such/page")
    expect(page.locator("h2")).to_be_visible()
    must_be_clean(page)


def test_the_auditor_reads_who_looked_and_nothing_else(staffed: Staffed, address: str, browser_page: Page) -> None:
    """G-09: a look of an advisor stands in the auditor's list with name and time; the paper itself does not open."""
    staffed.person("aino", Role.ADVISOR)
    staffed.person("tilda", Role.AUDITOR)
    staffed.signed_in("aino").get(f"/filing/{staffed.filing}")
    page = browser_page
    page.goto(f"{address}?language=fi")
    type_in(page, "tilda")

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("Aino")
    expect(page.locator("tbody tr")).to_contain_text(staffed.filing)
    page.goto(f"{address}filing/{staffed.filing}")
    expect(page.locator("h2")).to_contain_text("Roolisi ei avaa")
