"""The list is a desk: who it is, which scanner, what belongs together; narrowed and searched without an address."""

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select, update

from intake.base.arrival import Arrival
from intake.base.clock import SystemClock
from intake.base.filing import FieldReading, FieldState, Kind
from intake.base.states import State
from tests.browsing import BY_THE_TESTS_CLOCK
from tests.pages.conftest import Counter, document, waiting
from workers.journey import COUNTER
from workers.ledger import Changes, Person, claimed, people, reports, scans
from workers.ledger.claim import claim
from workers.ledger.schema import events, refused

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def put(counter: Counter, name: str, code: str, scanner: str = "tiski-1") -> str:
    """A waiting travel claim of the person `name` with the identity code `code`, from `scanner`."""
    said = {"sukunimi_etunimet": name, "hetu": code}
    read = {key: FieldReading(kind="text", state=FieldState.FILLED, value=value) for key, value in said.items()}
    judged = document(f"Gap of {name}.")
    judged = judged.model_copy(update={"fields": judged.fields | read})
    return waiting(counter.ledger, counter.blobs, judged, scanner=scanner)


def test_a_row_says_who_it_is_and_where_it_came_from(counter: Counter, served: str, browser_page: Page) -> None:
    """The name as read stands first, and where none was read the row says so; form, scanner and age follow."""
    filing = put(counter, "Aalto Maija", "010190-951X", scanner="tiski-2")

    browser_page.goto(f"{served}?language=fi")

    row = browser_page.locator(f'#list a[data-filing="{filing}"]')
    expect(row.locator("strong")).to_have_text("Aalto Maija")
    expect(row).to_contain_text("Matkakorvaus")
    expect(row).to_contain_text("tiski-2")
    expect(row).to_contain_text("juuri nyt")
    expect(browser_page.locator(f'#list a[data-filing="{counter.filing}"] strong')).to_have_text("Nimeä ei luettu")


def test_a_person_is_found_by_name_or_code_and_no_address_says_so(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """What is kept is searched, sealed values too; accents and dashes do not matter; nothing is in an address."""
    page, addresses = browser_page, []
    page.on("request", lambda request: addresses.append(request.url))
    wanted = put(counter, "Ylönen Onni", "010190-951X")
    put(counter, "Virtanen Maija", "020290-9527")
    people.release(counter.ledger, wanted, Person(advisor="A", reason="x"))
    page.goto(f"{served}?language=en")
    expect(page.locator("#list a")).to_have_count(3)

    page.keyboard.press("/")
    page.keyboard.type("ylonen")
    expect(page.locator("#list a")).to_have_count(1)
    expect(page.locator("#list a strong")).to_have_text("Ylönen Onni")
    page.locator("#search").fill("010190951x")
    expect(page.locator("#list a strong")).to_have_text("Ylönen Onni")
    page.keyboard.press("Enter")
    expect(page.locator(f'article[data-filing="{wanted}"]')).to_be_visible()
    page.locator("#search").fill("nobody at all")

    expect(page.locator("#list")).to_contain_text("No paper in the list fits this")
    expect(page.locator("#news")).to_be_empty()
    new = put(counter, "Aalto Maija", "010190-951X")  # a paper that comes is told whatever is being searched for
    expect(page.locator("#news button")).to_contain_text("New paper: Aalto Maija")
    page.locator("#news button").click()
    expect(page.locator(f'article[data-filing="{new}"]')).to_be_visible()
    assert not [one for one in addresses if "ylonen" in one.lower() or "0101" in one]


def test_a_list_that_was_not_answered_is_asked_for_again(counter: Counter, served: str, browser_page: Page) -> None:
    """A question that hangs is given up after a quarter of a minute, and the new paper comes with the next."""
    page = browser_page
    page.clock.install()
    page.add_init_script(BY_THE_TESTS_CLOCK)
    page.goto(f"{served}?language=en")
    expect(page.locator("#list a")).to_have_count(1)
    asked: list[Route] = []

    def unanswered(route: Route) -> None:
        """The first question hangs; one that news asks behind it fails."""
        asked.append(route)
        if len(asked) > 1:
            route.abort()

    page.route("**/list", unanswered)
    with page.expect_request("**/list"):
        counter.another("Another gap.")
    with page.expect_event("requestfailed"):
        page.clock.run_for(15_000)
    expect(page.locator("#list a")).to_have_count(1)
    page.unroute("**/list")

    page.clock.run_for(5_000)

    expect(page.locator("#list a")).to_have_count(2)


def test_a_desk_sees_its_own_scanner_only(counter: Counter, served: str, browser_page: Page) -> None:
    """With a desk chosen, another desk's new paper neither shows itself nor is news; the choice outlives a reload."""
    page = browser_page
    put(counter, "Aalto Maija", "010190-951X", scanner="tiski-2")
    page.goto(f"{served}?language=en")
    page.locator("#scanner").select_option("tiski-1")
    expect(page.locator("#list a")).to_have_count(1)
    page.reload()
    expect(page.locator("#list a")).to_have_count(1)
    expect(page.locator(f'article[data-filing="{counter.filing}"]')).to_be_visible()

    other = put(counter, "Berg Bo", "020290-9527", scanner="tiski-2")
    mine = put(counter, "Virtanen Vilho", "030390-953V", scanner="tiski-1")

    expect(page.locator(f'article[data-filing="{mine}"]')).to_be_visible()
    expect(page.locator(f'#list a[data-filing="{other}"]')).to_have_count(0)


def test_returned_and_own_filings_are_a_choice_away(counter: Counter, served: str, browser_page: Page) -> None:
    """The list shows the returned alone, or what this advisor has decided."""
    page = browser_page
    other = put(counter, "Aalto Maija", "010190-951X")
    people.hold(counter.ledger, other, Person(advisor="Pekka", reason="waits"))
    counter.returned("Sivu puuttuu.")
    page.goto(f"{served}?language=en")
    page.locator("select[name=show]").select_option("returned")
    expect(page.locator("#list a")).to_have_count(1)
    expect(page.locator("#list a")).to_have_attribute("data-filing", counter.filing)

    page.evaluate("sessionStorage.setItem('advisor', 'Pekka')")
    page.locator("select[name=show]").select_option("mine")

    expect(page.locator("#list a")).to_have_attribute("data-filing", other)


def test_older_filings_and_days(counter: Counter, served: str, browser_page: Page) -> None:
    """Sixty are shown and more on request; a day narrows the list to what was handed over on it."""
    page = browser_page
    for number in range(62):
        people.release(counter.ledger, counter.another(f"Gap {number}."), Person(advisor="A", reason="x"))
    page.goto(f"{served}?language=en")
    expect(page.locator("#list a")).to_have_count(61)

    page.locator("#older").click()
    expect(page.locator("#list a")).to_have_count(63)
    expect(page.locator("#news")).to_be_empty()  # what is older is not new
    page.locator("#by-day summary").click()
    page.locator("input[name=until]").fill("2020-01-01")
    expect(page.locator("#list")).to_contain_text("No paper in the list fits this")
    page.locator("input[name=until]").fill("")
    page.locator("input[name=since]").fill("2020-01-01")

    expect(page.locator("#list a")).to_have_count(61)


def test_filings_of_one_hand_over_say_so(counter: Counter, served: str, browser_page: Page) -> None:
    """A scan that held two forms: each says which of two it is, in the list and on its page."""
    scan = counter.blobs.put(b"two forms")
    filing = scans.accept(counter.ledger, (Arrival("tiski-1", "two.pdf", 6, SystemClock().now(), sha256=scan),)).filing
    counter.go_on((State.OPENED, Changes(pages=(1, 2))))
    work = claim(counter.ledger, COUNTER, worker="test", lease_seconds=60)
    assert work
    parts = (Changes(pages=(1,), kind=Kind.UNKNOWN), Changes(pages=(2,), kind=Kind.UNKNOWN))
    claimed.split(counter.ledger, work, State.RECOGNISED, parts)

    browser_page.goto(f"{served}?language=sv#{filing}")

    expect(browser_page.locator("article")).to_contain_text("1/2 av samma inlämning")
    expect(browser_page.locator("#list")).to_contain_text("2/2 av samma inlämning")


def test_a_refused_file_is_taken_off_the_list_by_name_and_back(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """One press takes it off, another within a minute brings it back; later it is gone, until it is scanned again."""
    page = browser_page
    scans.refuse(counter.ledger, Arrival("tiski-1", "a.docx", 7, SystemClock().now(), sha256="a" * 64), "not_supported")
    page.goto(f"{served}?language=en")
    row = page.locator("#list li:has([data-refused])")
    page.once("dialog", lambda dialog: dialog.accept("Aino"))
    row.get_by_role("button", name="Seen to").click()
    expect(row).to_contain_text("Taken off the list")
    row.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("Could not be opened")
    row.get_by_role("button", name="Seen to").click()
    expect(row).to_contain_text("Taken off the list")

    with counter.ledger.write() as connection:
        connection.execute(update(refused).values(dismissed="2026-01-01T00:00:00Z"))
    counter.another("News.")  # else a list of a moment ago would do
    page.reload()

    expect(page.locator("#list a")).to_have_count(2)
    expect(row).to_have_count(0)
    with counter.ledger.read() as connection:
        log = connection.execute(select(events).where(events.c.what.in_(("dismissed", "shown again")))).mappings().all()
    assert [one["what"] for one in log] == ["dismissed", "shown again", "dismissed"]
    assert counter.ledger.vault.unseal(log[0]["private"], context=f"event/{log[0]['id']}") == {"advisor": "Aino"}
    assert len(reports.status(counter.ledger)["refused"]) == 1

    scans.refuse(counter.ledger, Arrival("tiski-1", "b.docx", 7, SystemClock().now(), sha256="a" * 64), "not_supported")
    page.reload()
    expect(row).to_contain_text("Could not be opened")
