"""What was read stands beside the page, the doubtful first, and is put right by keyboard; corrections travel."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from intake.base.filing import Document, FieldPlace, FieldReading, FieldState, Finding, PageReading
from intake.base.states import State
from intake.base.texts import Text
from tests.journeys.conftest import VIREILLE, Pages, Point, filled, forms, pdf, point
from tests.pages.conftest import Counter, document, unknown, waiting
from tests.pages.test_browser import running
from workers.ledger import Changes, Person, people, reports
from workers.pages.words import words

__all__ = ["filled", "forms", "point", "running"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HETU = FieldPlace(page=1, box_mm=(20, 60, 80, 68))
NAME = FieldPlace(page=1, box_mm=(90, 60, 180, 68))


def doubted() -> Document:
    """A form whose identity code and town were not believed, and whose name was."""
    judged = document("Allekirjoitus puuttuu.")
    read = {
        "hetu": FieldReading(
            kind="comb", state=FieldState.FILLED, candidates=("010190-951X", "010190-951Y"), places=(HETU,)
        ),
        "sukunimi_etunimet": FieldReading(kind="text", state=FieldState.FILLED, value="Aalto Maija", places=(NAME,)),
        "postitoimipaikka": FieldReading(kind="text", state=FieldState.FILLED, candidates=("OUIU",), places=(NAME,)),
    }
    return judged.model_copy(update={"fields": judged.fields | read})


def opened(page: Page, served: str, filing: str) -> None:
    """The filing's page, its buttons ready, the advisor's name on it."""
    page.goto(f"{served}?language=fi#{filing}")
    expect(page.locator(f'article[data-filing="{filing}"] button[value=release]')).to_be_enabled()
    page.locator("input[name=advisor]").fill("Aino")
    page.locator("h2").click()


def corrections(counter: Counter, filing: str) -> list[tuple[str, str]]:
    """Code and actor of each correction in the log, oldest first."""
    return [
        (event["code"], event["actor"])
        for event in reports.show(counter.ledger, filing)["events"]
        if event["what"] == "corrected"
    ]


def test_from_doubt_to_doubt_by_keyboard(counter: Counter, served: str, browser_page: Page) -> None:
    """Doubtful values are first; E goes to them with the crop beside; Enter confirms, also twice and too fast."""
    page = browser_page
    filing = waiting(counter.ledger, counter.blobs, doubted())
    opened(page, served, filing)
    fields = page.locator("ul.values input")
    expect(fields.nth(0)).to_have_attribute("data-field", "hetu")
    expect(fields.nth(2)).to_have_value("Aalto Maija")

    page.keyboard.press("e")
    expect(fields.nth(0)).to_be_focused()
    expect(page.locator(".crop img")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("OULU")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    expect(page.locator("ul.values .doubtful")).to_have_count(0)
    expect(page.locator("ul.values b.by")).to_have_count(2)
    expect(page.locator('input[data-field="postitoimipaikka"]')).to_have_value("OULU")
    assert corrections(counter, filing) == [("confirmed", "advisor"), ("corrected", "advisor")]
    assert counter.state(filing) == "waiting"
    page.reload()
    expect(page.locator('input[data-field="postitoimipaikka"]')).to_have_value("OULU")
    expect(page.locator("ul.people")).to_contain_text("Aino korjasi luettua")


def test_a_value_that_could_not_be_kept_is_not_left_behind(counter: Counter, served: str, browser_page: Page) -> None:
    """It is marked, as is one behind it, and is there when one comes back; the paper does not go without them."""
    page, values = browser_page, "**/value"
    filing = waiting(counter.ledger, counter.blobs, doubted())
    opened(page, served, filing)
    page.locator("input[name=reason]").fill("allekirjoittaa huomenna")
    held: list[Route] = []
    page.route(values, lambda route: route.abort() if held else held.append(route))
    town, name = (
        page.locator('input[data-field="postitoimipaikka"]'),
        page.locator('input[data-field="sukunimi_etunimet"]'),
    )
    with page.expect_request(values):
        town.fill("OULU")
        town.press("Enter")
    name.fill("Aalto Mirja")
    name.press("Enter")
    held[0].abort()

    expect(page.locator("#said")).to_have_text(words("fi")["no_answer"])
    expect(page.locator("ul.values input[aria-invalid]")).to_have_count(2)
    expect(page.locator("ul.values li.doubtful")).to_have_count(2)
    expect(name).to_be_focused()
    page.locator("button[value=release]").click()
    expect(town).to_be_focused()
    assert (counter.state(filing), corrections(counter, filing)) == ("waiting", [])
    expect(page.locator("ul.values input[aria-invalid]")).to_have_count(2)
    for other in (counter.filing, filing):
        page.locator(f'#list a[data-filing="{other}"]').click()
        expect(page.locator(f'article[data-filing="{other}"]')).to_be_visible()
    expect(page.locator("ul.values input[aria-invalid]")).to_have_count(2)
    expect(name).to_have_value("Aalto Mirja")
    expect(page.locator("button[value=release]")).to_be_enabled()

    town.focus()
    page.unroute(values)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("button[value=release]")).to_be_focused()
    expect(name).to_have_value("Aalto Mirja")
    expect(page.locator("ul.values input[aria-invalid]")).to_have_count(0)
    assert corrections(counter, filing) == [("corrected", "advisor")] * 2


def test_a_value_typed_while_an_act_is_on_its_way_stands_there_after_it(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """The page that the act draws anew has it, and marks it once it could not be kept; Enter saves it."""
    page, held = browser_page, list[Route]()
    filing = waiting(counter.ledger, counter.blobs, doubted())
    opened(page, served, filing)
    page.locator("input[name=reason]").fill("palaa huomenna")
    page.route(re.compile("/(decision|value)$"), lambda route: held.append(route))
    with page.expect_request("**/decision"):
        page.locator("button[value=hold]").click()
    town = page.locator('input[data-field="postitoimipaikka"]')
    town.fill("OULU")
    town.press("Enter")
    with page.expect_request("**/value"):
        held[0].continue_()

    expect(page.locator(".verdict.held")).to_be_visible()
    expect(town).to_have_value("OULU")
    held[1].abort()
    expect(page.locator("#said")).to_have_text(words("fi")["no_answer"])
    expect(page.locator("ul.values li.doubtful input[aria-invalid]")).to_have_value("OULU")

    page.unroute_all()
    town.press("Enter")
    expect(page.locator("ul.values :is([data-sent], [aria-invalid])")).to_have_count(0)
    assert corrections(counter, filing) == [("corrected", "advisor")]
    expect(town).to_have_value("OULU")


def test_a_value_typed_while_the_pages_are_arranged_stands_there_when_the_paper_has_been_read_again(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """It is about the version that the arranging made, which is no colleague's change; nothing is kept meanwhile."""
    page, held = browser_page, list[Route]()
    judged = doubted().model_copy(update={"pages": (*doubted().pages, PageReading(source_page=2))})
    filing = waiting(counter.ledger, counter.blobs, judged, pages=(1, 2))
    opened(page, served, filing)
    page.route("**/pages", lambda route: held.append(route))
    with page.expect_request("**/pages"):
        page.locator("[data-tool=turn]").click()
    town = page.locator('input[data-field="postitoimipaikka"]')
    town.fill("OULU")
    town.press("Enter")
    held[0].continue_()

    expect(page.locator("#said")).to_contain_text("vain, kun paperi odottaa")
    expect(town).to_have_js_property("readOnly", True)
    counter.go_on(
        (State.READ, Changes()),
        (State.CHECKED, Changes(verdict=judged.verdict, documents=(judged,))),
        (State.WAITING, Changes(reason="incomplete")),
    )
    expect(page.locator("ul.values input[aria-invalid]")).to_have_value("OULU")

    town.press("Enter")
    expect(page.locator("ul.values :is([data-sent], [aria-invalid])")).to_have_count(0)
    assert corrections(counter, filing) == [("corrected", "advisor")]


def colleague_says(counter: Counter, filing: str, field: str, value: str) -> None:
    """Pekka puts a value right, on a page of his own."""
    said = {"version": str(reports.show(counter.ledger, filing)["version"]), "advisor": "Pekka"}
    said |= {"filing": filing, "field": field, "value": value}
    headers = {"sec-fetch-site": "same-origin"}
    assert counter.client.post(f"/filing/{filing}/value", data=said, headers=headers).is_success


ASKS_BEFORE_IT_GOES = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_send_that_waits_for_a_value_is_about_the_version_that_the_value_made(
    counter: Counter, served: str, browser_page: Page, meanwhile: bool
) -> None:
    """G-06: what a colleague does between the two is not overridden: the paper stays, with all that was typed."""
    page, values, reason = browser_page, "**/value", "allekirjoittaa huomenna"
    filing = waiting(counter.ledger, counter.blobs, doubted())
    opened(page, served, filing)
    page.locator("input[name=reason]").fill(reason)
    held: list[Route] = []
    page.route(values, lambda route: held.append(route))
    town = page.locator('input[data-field="postitoimipaikka"]')
    with page.expect_request(values):
        town.fill("OULU")
        town.press("Enter")
    page.locator("button[value=release]").click()
    assert page.evaluate(ASKS_BEFORE_IT_GOES)
    kept = held[0].fetch()
    if meanwhile:
        colleague_says(counter, filing, "hetu", "010190-952Y")
    held[0].fulfill(response=kept)

    if meanwhile:
        expect(page.locator("#said")).to_contain_text("Pekka ehti ensin")
        expect(page.locator('input[data-field="hetu"]')).to_have_value("010190-952Y")
        expect(page.locator("input[name=reason]")).to_have_value(reason)
        assert counter.decided(filing) == ["corrected"] * 2
        expect(page.locator("button[value=release]")).to_be_enabled()
        page.locator("button[value=release]").click()  # now it has been seen
    expect(page.locator("article .top")).to_contain_text("lähdössä")
    assert not page.evaluate(ASKS_BEFORE_IT_GOES)
    assert counter.decided(filing)[-1] == "released"


def test_what_two_people_type_in_one_place_is_refused_once(counter: Counter, served: str, browser_page: Page) -> None:
    """G-06: the colleague's word stands until the one who typed over it has been told of it."""
    page = browser_page
    filing = waiting(counter.ledger, counter.blobs, doubted())
    opened(page, served, filing)
    town = page.locator('input[data-field="postitoimipaikka"]')
    town.fill("OULU")
    colleague_says(counter, filing, "postitoimipaikka", "OULAINEN")
    expect(page.locator("#said")).to_have_text(words("fi")["changed_meanwhile"])

    town.press("Enter")
    expect(page.locator("#said")).to_contain_text("Pekka ehti ensin")
    expect(town).to_have_value("OULU")
    assert corrections(counter, filing) == [("corrected", "advisor")]

    town.press("Enter")
    expect(page.locator("ul.values [aria-invalid]")).to_have_count(0)
    expect(page.locator("#said")).to_be_empty()
    assert corrections(counter, filing) == [("corrected", "advisor")] * 2


def test_a_press_right_after_a_colleagues_change_was_meant_for_what_stood_before(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """Nobody has read in a blink what news has just brought: the press does nothing, and that is said."""
    page = browser_page
    filing = waiting(counter.ledger, counter.blobs, doubted().model_copy(update={"findings": ()}))
    page.clock.install()
    opened(page, served, filing)
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    colleague_says(counter, filing, "postitoimipaikka", "OULU")
    expect(page.locator('input[data-field="postitoimipaikka"]')).to_have_value("OULU")

    page.keyboard.press("l")

    expect(page.locator("#said")).to_have_text(words("fi")["too_soon"])
    page.clock.run_for(1_000)
    expect(page.locator("button[value=release]")).to_be_enabled()
    assert counter.decided(filing) == ["corrected"]


def test_a_form_is_named_only_for_the_paper_as_it_was_when_the_choice_was_opened(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """A colleague's decision behind the open choice is not overridden; who did it is said."""
    page = browser_page
    filing = waiting(counter.ledger, counter.blobs, unknown())
    opened(page, served, filing)
    page.locator("button[data-forms]").click()
    expect(page.locator("#forms")).to_be_visible()
    before = page.locator("input[name=version]").input_value()

    people.hold(counter.ledger, filing, Person(advisor="Pekka", reason="asiakas palaa"))
    expect(page.locator("input[name=version]")).not_to_have_value(before)
    page.locator("#forms-found button").first.click()

    expect(page.locator("#said")).to_contain_text("Pekka")
    assert (counter.state(filing), corrections(counter, filing)) == ("held", [])


def test_a_false_gap_is_answered(counter: Counter, served: str, browser_page: Page) -> None:
    """That the machine errs and a place is filled takes the gap away; the paper still waits for who looked at it."""
    page = browser_page
    filing = waiting(counter.ledger, counter.blobs, doubted())
    opened(page, served, filing)
    gap = page.locator("ul.gaps li", has_text="Allekirjoitus puuttuu.")

    gap.locator("button[data-filled]").click()

    expect(gap).to_have_count(0)
    assert corrections(counter, filing) == [("filled", "advisor")]
    assert counter.state(filing) == "waiting"


def test_without_a_name_nothing_is_corrected(counter: Counter, served: str, browser_page: Page) -> None:
    """The page asks for the name and keeps what was typed."""
    page = browser_page
    filing = waiting(counter.ledger, counter.blobs, doubted())
    page.goto(f"{served}?language=en#{filing}")
    expect(page.locator(f'article[data-filing="{filing}"]')).to_be_visible()

    page.locator('input[data-field="hetu"]').fill("010190-952Y")
    page.keyboard.press("Enter")

    expect(page.locator("#said")).to_have_text("Write your name first.")
    expect(page.locator('input[data-field="hetu"]')).to_have_value("010190-952Y")
    assert corrections(counter, filing) == []


def test_a_wrong_check_digit_says_what_was_read(counter: Counter, served: str, browser_page: Page) -> None:
    """The gap names what stands there by the machine, so that a misreading is told from a wrong code."""
    wrong = Finding(code="invalid", field="hetu", text=Text(fi="Tarkistusmerkki ei täsmää.", sv="Fel.", en="Wrong."))
    judged = doubted().model_copy(update={"findings": (wrong,)})
    filing = waiting(counter.ledger, counter.blobs, judged)

    browser_page.goto(f"{served}?language=fi#{filing}")

    expect(browser_page.locator("ul.gaps")).to_contain_text("Luettiin: 010190-951X")


def test_who_corrects_second_is_told_and_overwrites_nothing(counter: Counter, served: str, browser_page: Page) -> None:
    """A colleague's decision in between: the correction is refused in words (G-06)."""
    page = browser_page
    filing = waiting(counter.ledger, counter.blobs, doubted())
    opened(page, served, filing)
    version = str(reports.show(counter.ledger, filing)["version"])
    headers = {"sec-fetch-site": "same-origin"}
    said = {"filing": filing, "version": version, "field": "hetu", "value": "010190-952Y", "advisor": "Pekka"}
    first = counter.client.post(f"/filing/{filing}/value", data=said, headers=headers)
    second = counter.client.post(f"/filing/{filing}/value", data=said, headers=headers)

    assert (first.status_code, second.status_code) == (200, 409)
    assert first.json() == {"version": int(version) + 1}
    assert "Pekka" in second.json()["text"]
    expect(page.locator('input[data-field="hetu"]')).to_have_value("010190-952Y")


def test_values_are_read_while_the_paper_waits_and_corrections_travel(
    running: tuple[Point, str], browser_page: Page, filled: Pages, tmp_path: Path
) -> None:
    """Drop, verdict, then the name; a correction and a message are in the sealed bundle, which keeps what was read."""
    point, address = running
    page = browser_page
    page.goto(address)
    point.drop("scan.pdf", pdf(*filled("kela-sv4", empty=("allekirjoitus",))))
    expect(page.locator(".verdict.incomplete")).to_be_visible(timeout=60_000)
    name = page.locator('input[data-field="sukunimi_etunimet"]')
    expect(name).not_to_have_value("", timeout=60_000)
    read = name.input_value()
    page.locator("input[name=advisor]").fill("Aino")

    name.fill("Virtanen Maija")
    name.press("Enter")
    expect(page.locator("h2")).to_contain_text("Virtanen Maija")
    page.locator("input[name=reason]").fill("allekirjoittaa huomenna")
    page.locator("details.more > summary").click()
    page.locator("textarea[name=message]").fill("Soitti tänään")
    page.locator("button[value=release]").click()
    expect(page.locator("article")).to_contain_text("odottaa kuittausta", timeout=60_000)

    (bundle,) = (point.folder / "hub" / "kela").glob("*.p7m")
    key, out = point.folder / "keys" / "kela.key.pem", tmp_path / "opened"
    subprocess.run([VIREILLE, "open", bundle, "--key", key, "--out", out], check=True, capture_output=True)
    sealed = json.loads(next(out.rglob("bundle.json")).read_text())
    (correction,) = sealed["corrections"]
    assert (correction["field"], correction["read_as"], correction["is"], correction["role"]) == (
        "sukunimi_etunimet", read, "Virtanen Maija", "advisor",
    )  # fmt: skip
    assert sealed["fields"]["sukunimi_etunimet"]["value"] == read
    assert sealed["message"] == "Soitti tänään"
