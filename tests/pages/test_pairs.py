"""Papers that belong together, and papers that are not sent: decided on the page in a real browser, undone there."""

import pytest
from playwright.sync_api import Page, expect

from intake.base.filing import Document, FieldReading, FieldState, Finding
from intake.base.states import State
from intake.base.texts import Text
from tests.pages.conftest import Counter, document, unknown, waiting
from workers.ledger import Changes, Person, people, reports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def of_one_person(gap: str) -> Document:
    """A form whose written values are the same each time it is scanned."""
    said = {"hetu": "010190-951X", "sukunimi": "Virtanen", "etunimet": "Maija"}
    written = {key: FieldReading(kind="text", state=FieldState.FILLED, value=value) for key, value in said.items()}
    judged = document(gap)
    return judged.model_copy(update={"fields": judged.fields | written})


def opened(page: Page, served: str, filing: str, language: str = "fi") -> None:
    """The filing's page, its buttons ready, the advisor's name on it."""
    page.goto(f"{served}?language={language}#{filing}")
    expect(page.locator(f'article[data-filing="{filing}"] button[name=action]').first).to_be_enabled()
    page.locator("input[name=advisor]").fill("Aino")
    page.locator("h2").click()


def test_a_new_scan_takes_the_earlier_ones_place_by_a_key(counter: Counter, served: str, browser_page: Page) -> None:
    """The likely pair has a button; K presses it, the page stays and says what happened, Z undoes it."""
    page = browser_page
    earlier = waiting(counter.ledger, counter.blobs, of_one_person("Gap 1."))
    later = waiting(counter.ledger, counter.blobs, of_one_person("Gap 2."))
    opened(page, served, later)
    expect(page.locator("ul.pairs button")).to_have_text("Tämä on korjattu skannaus: korvaa aiempi")

    page.keyboard.press("k")

    expect(page.locator("ul.pairs")).to_contain_text("Korvasi aiemman skannauksen")
    expect(page.locator(f'article[data-filing="{later}"]')).to_be_visible()
    assert (counter.state(earlier), counter.state(later)) == ("joined", "waiting")
    expect(page.locator("button[value=part]")).to_be_enabled()
    page.keyboard.press("z")
    expect(page.locator("button[value=replace]")).to_be_visible()
    assert counter.decided(earlier) == ["joined", "parted"]


def test_enter_in_a_field_does_not_replace(counter: Counter, served: str, browser_page: Page) -> None:
    """Enter is the form's main action, never the likely pair's."""
    earlier = waiting(counter.ledger, counter.blobs, of_one_person("Gap 1."))
    later = waiting(counter.ledger, counter.blobs, of_one_person("Gap 2."))
    opened(browser_page, served, later, "en")

    browser_page.locator("input[name=reason]").fill("brings the rest")
    browser_page.locator("input[name=reason]").press("Enter")

    expect(browser_page.locator("button[value=hold]")).to_have_text("Undo")
    assert (counter.decided(earlier), counter.decided(later)) == ([], ["released"])


def test_a_later_attachment_is_added_to_the_form_that_lacks_one(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """The form that misses an attachment is offered first; afterwards the attachment's page says so and undoes it."""
    page = browser_page
    missing = document("Vuokrasopimus puuttuu.")
    lacks = Finding(code="missing_attachment", text=Text(fi="Vuokrasopimus.", sv="Hyresavtal.", en="Lease."))
    form = waiting(counter.ledger, counter.blobs, missing.model_copy(update={"findings": (lacks,)}))
    counter.another("Newer, and lacks no attachment.")
    paper = waiting(counter.ledger, counter.blobs, unknown())
    opened(page, served, paper, "sv")
    first = page.locator("ul.pairs li").first
    expect(first).to_contain_text("En bilaga saknas i ärendet")
    expect(first.locator("button")).to_have_attribute("data-other", form)

    page.keyboard.press("k")

    expect(page.locator("article")).to_contain_text("Sidorna fogades till ett annat ärende.")
    assert counter.state(paper) == "joined"
    expect(page.locator("button[value=part]")).to_be_enabled()
    page.locator("button[value=part]").click()
    expect(page.locator("article")).to_contain_text("Sammanslagningen hävdes")
    assert counter.decided(paper)[:2] == ["joined", "parted"]


def test_a_key_does_not_choose_between_customers(counter: Counter, served: str, browser_page: Page) -> None:
    """Where no form is known to lack an attachment, the advisor presses the button of the right one."""
    paper = waiting(counter.ledger, counter.blobs, unknown())
    opened(browser_page, served, paper, "en")

    browser_page.keyboard.press("k")
    browser_page.locator("ul.pairs button").click()

    expect(browser_page.locator("article")).to_contain_text("Its pages were added to another filing.")
    assert counter.decided(paper) == ["joined"]


def test_what_comes_in_the_middle_of_a_drag_is_shown_after_the_drop(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """Pressed, news, dragged, dropped: the pages join the row under the mouse, and no other customer's."""
    page = browser_page
    paper = waiting(counter.ledger, counter.blobs, unknown())
    opened(page, served, paper, "en")
    sheet, row = (page.locator(one).bounding_box() for one in ("figure", f'#list a[data-filing="{counter.filing}"]'))
    assert sheet and row
    page.mouse.move(sheet["x"] + 60, sheet["y"] + 60)

    page.mouse.down()
    with page.expect_response("**/list"):
        people.note_why(counter.ledger, paper, Person(), "no_bank_codes")
        newer = counter.another("Another gap.")
    page.evaluate(f"fetch('/filing/{paper}').then((answer) => answer.text())")
    page.mouse.move(row["x"] + 60, row["y"] + 120)
    page.mouse.move(row["x"] + 60, row["y"] + 10)
    page.mouse.up()

    expect(page.locator("article")).to_contain_text("Its pages were added to another filing.")
    assert reports.show(counter.ledger, paper)["joined_to"] == counter.filing
    expect(page.locator("#list a").first).to_have_attribute("data-filing", newer)


def test_a_page_dropped_on_a_filing_that_has_gone_stays_where_it_is(counter: Counter) -> None:
    """It is refused in words, and not taken out either: both happen, or nothing."""
    counter.decide()
    counter.go_on((State.ROUTED, Changes(provider="kela")), (State.SEALED, Changes(bundle="b1")))
    paper = waiting(counter.ledger, counter.blobs, document("Gap."), pages=(1, 2))
    before = reports.show(counter.ledger, paper)
    said = {"filing": paper, "version": str(before["version"]), "order": "1,2", "out": "2", "into": counter.filing}

    answer = counter.client.post(
        f"/filing/{paper}/pages", data=said | {"advisor": "A"}, headers={"sec-fetch-site": "same-origin"}
    )

    assert (answer.status_code, bool(answer.json()["text"])) == (422, True)
    assert reports.show(counter.ledger, paper) == before


def test_a_paper_that_is_not_sent_is_removed_by_name_and_reason(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """The page asks once, in words; No removes nothing; afterwards it says who removed it and why."""
    page = browser_page
    asked: list[str] = []
    opened(page, served, counter.filing)
    page.locator("details.more > summary").click()
    page.locator("button[value=destroy]").click()  # nothing is said for it yet, and the browser's answer is No
    page.locator("select[name=ending]").select_option("back_to_customer")
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))

    page.locator("button[value=destroy]").click()

    expect(page.locator(".why")).to_contain_text("Vain tarkistus: asiakas otti paperin takaisin.")
    expect(page.locator("ul.people")).to_contain_text("Aino")
    expect(page.locator(".verdict.ended")).to_be_visible()
    assert "eikä niitä saa takaisin" in asked[0]
    assert counter.state() == "purged"


def test_a_paper_changed_by_a_colleague_is_not_removed_unseen(counter: Counter) -> None:
    """G-06 holds for ending a filing too; and without a reason nobody ends it."""
    assert counter.decide(action="destroy", version="1", ending="mistake") == 409
    assert counter.decide(action="destroy", reason="") == 422
    assert counter.state() == "waiting"
