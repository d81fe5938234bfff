"""Decisions on the page in a real browser: only on what is shown, only once, never lost, never silent."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from intake.base.clock import parse_iso
from intake.base.states import State
from tests.pages.conftest import FORMS, WORKED_ON, Counter, unknown, waiting
from workers.facts import Choice, choice_of
from workers.ledger import Changes, Person, claimed, people, reports
from workers.ledger.claim import claim
from workers.pages.sheets import HELSINKI
from workers.run.new_point import DEMO_DAY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def page(counter: Counter, served: str, browser_page: Page) -> Page:
    """The page with the one waiting filing on it, its buttons ready."""
    browser_page.goto(f"{served}?language=en")
    expect(browser_page.locator(f'article[data-filing="{counter.filing}"]')).to_be_visible()
    expect(browser_page.locator("button[value=release]")).to_be_enabled()
    return browser_page


def say(page: Page, reason: str = "brings the rest on Monday") -> None:
    """Type a name and a reason."""
    page.locator("input[name=advisor]").fill("Aino")
    page.locator("input[name=reason]").fill(reason)


def test_send_is_about_the_filing_that_is_shown(counter: Counter, page: Page) -> None:
    """A paper that is still being fetched is not sent by the form of the one that still stands there."""
    say(page)
    other = counter.another("Another gap.")
    expect(page.locator("#news")).to_contain_text("New paper")
    held: list[Route] = []
    page.route(f"**/filing/{other}", lambda route: held.append(route))
    page.locator(f'#list a[data-filing="{other}"]').click()
    expect(page.locator(f'article[data-filing="{counter.filing}"]')).to_be_visible()

    page.locator("button[value=release]").click()
    expect(page.locator("article")).to_contain_text("On its way")

    assert counter.decided() == ["released"]
    assert counter.decided(other) == []
    assert counter.state(other) == "waiting"
    for route in held:
        route.abort()


def test_pressing_twice_decides_once(counter: Counter, page: Page) -> None:
    """A double click sends and does not take it back; nor do keys that come too fast, and the page says so."""
    say(page)
    held: list[Route] = []
    page.route("**/decision", lambda route: held.append(route))

    with page.expect_request("**/decision"):
        page.locator("button[value=release]").dblclick()
    page.keyboard.press("l")
    page.keyboard.press("p")
    expect(page.locator("#said")).to_contain_text("still on its way")
    held[0].continue_()
    expect(page.locator("button[value=hold]")).to_have_text("Undo")
    expect(page.locator("button[value=hold]")).to_be_enabled()

    assert counter.decided() == ["released"]


@pytest.mark.parametrize("failure", ["gone", "broken"])
def test_a_post_that_fails_is_told_and_nothing_typed_is_lost(counter: Counter, page: Page, failure: str) -> None:
    """The server gone, or an error of its own: the sentence stays until the next action, and so does what was typed."""
    say(page)
    page.locator("details.more > summary").click()
    page.locator("input[name=contact]").fill("040 123")
    page.route(
        "**/decision", lambda route: route.abort() if failure == "gone" else route.fulfill(status=500, body="oops")
    )

    page.locator("button[value=release]").click()
    expect(page.locator("#said")).to_contain_text("state")
    counter.another("News come meanwhile.")
    expect(page.locator("#news")).to_contain_text("New paper")

    expect(page.locator("#said")).to_contain_text("state")
    assert page.locator("input[name=reason]").input_value() == "brings the rest on Monday"
    assert page.locator("input[name=contact]").input_value() == "040 123"
    page.unroute("**/decision")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("button[value=release]").click()
    expect(page.locator("article")).to_contain_text("On its way")
    expect(page.locator("#said")).to_be_empty()


AS_IT_IS_SAID = """([words, key]) => new MutationObserver((_, observer) => {
  if (!document.getElementById("said").textContent.includes(words)) return;
  observer.disconnect();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}).observe(document.getElementById("said"), { childList: true })"""


def test_who_comes_second_reads_who_was_first(counter: Counter, page: Page) -> None:
    """G-06: the message, in Finland's time, survives a refresh, a press too early and news; so does what was typed."""
    say(page)
    people.hold(counter.ledger, counter.filing, Person(advisor="Pekka", reason="waits"))

    expect(page.locator("#said")).to_contain_text("changed while you were typing")
    page.evaluate(AS_IT_IS_SAID, ["Pekka was first", "l"])
    page.locator("button[value=release]").click()

    expect(page.locator("#said")).to_contain_text("Pekka was first")
    last = parse_iso(reports.show(counter.ledger, counter.filing)["events"][-1]["at"])
    expect(page.locator("#said")).to_contain_text(f"at {last.astimezone(HELSINKI):%H:%M}")
    expect(page.locator(".verdict.held")).to_be_visible()
    expect(page.locator("ul.people")).to_contain_text("Pekka kept it here: waits")
    assert page.locator("input[name=reason]").input_value() == "brings the rest on Monday"
    assert counter.state() == "held"

    people.release(counter.ledger, counter.filing, Person(advisor="Pekka", reason="came back"))
    expect(page.locator(f'#list a[data-filing="{counter.filing}"]')).to_contain_text("about to go")
    expect(page.locator("#said")).to_contain_text("Pekka was first")
    assert page.locator("input[name=reason]").input_value() == "brings the rest on Monday"


def test_a_new_paper_does_not_take_the_page_from_who_types(counter: Counter, page: Page) -> None:
    """News is one line that N opens; what was typed and chosen is there when the advisor comes back."""
    say(page)
    page.locator("select[name=identity]").select_option("passport")
    page.locator("details.more > summary").click()
    page.locator("input[name=contact]").fill("aino@example.fi")

    other = counter.another("Another gap.")
    expect(page.locator("#news")).to_contain_text("New paper")

    expect(page.locator(f'article[data-filing="{counter.filing}"]')).to_be_visible()
    assert page.locator("input[name=contact]").input_value() == "aino@example.fi"
    page.locator("h2").click()
    page.keyboard.press("n")
    expect(page.locator(f'article[data-filing="{other}"]')).to_be_visible()
    expect(page.locator("#news")).to_be_empty()
    page.locator(f'#list a[data-filing="{counter.filing}"]').click()
    expect(page.locator(f'article[data-filing="{counter.filing}"]')).to_be_visible()
    assert page.locator("input[name=reason]").input_value() == "brings the rest on Monday"
    assert page.locator("input[name=contact]").input_value() == "aino@example.fi"
    assert page.locator("select[name=identity]").input_value() == "passport"


def test_a_key_that_could_not_open_the_news_yet_opens_it_later(counter: Counter, page: Page) -> None:
    """N while a decision is on its way that then fails: the page says why, and the new paper is still offered."""
    say(page)
    held: list[Route] = []
    page.route("**/decision", lambda route: held.append(route))
    with page.expect_request("**/decision"):
        page.locator("button[value=release]").click()
    other = counter.another("Another gap.")
    expect(page.locator("#news")).to_contain_text("New paper")

    page.keyboard.press("n")
    held[0].abort()
    expect(page.locator("#said")).to_contain_text("state")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.keyboard.press("n")

    expect(page.locator(f'article[data-filing="{other}"]')).to_be_visible()
    expect(page.locator("#news")).to_be_empty()


def test_a_space_ends_as_the_key_that_it_is(counter: Counter, page: Page) -> None:
    """A Space that makes another sign when it is let go, since a second key is down, leaves no hand on the page."""
    keyboard = page.context.new_cdp_session(page)
    page.locator("details.soft > summary").last.focus()
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "code": "Space", "key": " ", "text": " "})
    with page.expect_response("**/list"):
        other = counter.another("Another gap.")

    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", "code": "Space", "key": "\u00a0"})

    expect(page.locator(f'#list a[data-filing="{other}"]')).to_be_visible()


def test_a_row_chosen_while_a_decision_is_on_its_way_is_opened_after_it(counter: Counter, page: Page) -> None:
    """The decision is about the filing that it was made on, and the click is not lost; two keys go two rows on."""
    say(page)
    second, first = counter.another("Another gap."), counter.another("A third gap.")
    expect(page.locator("#list li.incomplete")).to_have_count(3)  # their places in the list are the last ones
    held: list[Route] = []
    page.route("**/decision", lambda route: held.append(route))
    with page.expect_request("**/decision"):
        page.locator("button[value=release]").click()

    page.locator(f'#list a[data-filing="{first}"]').click()
    page.keyboard.press("ArrowDown")
    expect(page.locator(f'article[data-filing="{counter.filing}"]')).to_be_visible()
    held[0].continue_()

    expect(page.locator(f'article[data-filing="{second}"]')).to_be_visible()
    assert (counter.decided(), counter.decided(second), counter.decided(first)) == (["released"], [], [])


def test_the_browsers_back_leads_to_the_paper_before(counter: Counter, page: Page) -> None:
    """Back and Forward go from paper to paper, with what was typed; while an act is on its way they wait for it."""
    other = counter.another("Another gap.")
    for filing in (counter.filing, other):
        page.locator(f'#list a[data-filing="{filing}"]').click()
        expect(page.locator(f'article[data-filing="{filing}"]')).to_be_visible()
    say(page)

    page.go_back()
    expect(page.locator(f'article[data-filing="{counter.filing}"]')).to_be_visible()
    page.go_forward()
    expect(page.locator(f'article[data-filing="{other}"]')).to_be_visible()
    expect(page.locator("input[name=reason]")).to_have_value("brings the rest on Monday")
    expect(page.locator("button[value=release]")).to_be_enabled()
    held: list[Route] = []
    page.route("**/decision", lambda route: held.append(route))
    with page.expect_request("**/decision"):
        page.locator("button[value=release]").click()
    page.go_back()
    held[0].abort()

    expect(page.locator("#said")).to_contain_text("state")
    expect(page.locator(f'article[data-filing="{other}"]')).to_be_visible()
    expect(page).to_have_url(re.compile(f"#{other}$"))


def test_the_browsers_forward_is_not_lost_behind_a_back_that_takes_long(counter: Counter, page: Page) -> None:
    """Whatever the paper before waits for, its picture or an act, the one that was chosen last is shown."""
    other, held = counter.another("Another gap."), list[Route]()
    for filing in (counter.filing, other):
        page.locator(f'#list a[data-filing="{filing}"]').click()
        expect(page.locator(f'article[data-filing="{filing}"]')).to_be_visible()
    page.route(re.compile(f"/filing/({counter.filing}|.*/decision)$"), lambda route: held.append(route))
    with page.expect_request(f"**/filing/{counter.filing}"):
        page.go_back()
    with page.expect_response(f"**/filing/{other}"):
        page.go_forward()
    with page.expect_response(f"**/filing/{counter.filing}"):
        held[0].continue_()

    say(page)
    expect(page.locator("button[value=release]")).to_be_enabled()
    with page.expect_request("**/decision"):
        page.locator("button[value=release]").click()
    page.go_back()
    page.go_forward()
    held[1].continue_()
    expect(page.locator(f'article[data-filing="{other}"]')).to_contain_text("On its way")
    expect(page).to_have_url(re.compile(f"#{other}$"))
    assert (counter.decided(), counter.decided(other)) == ([], ["released"])


AS_ITS_BUTTONS_COME = """([before, keys]) => new MutationObserver((_, observer) => {
  if (!document.querySelector(`article:not([data-filing="${before}"]) button[value=hold]`)) return;
  observer.disconnect();
  for (const key of keys) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}).observe(document.getElementById("detail"), { childList: true })"""


def test_an_untouched_page_follows_the_scanner(counter: Counter, page: Page) -> None:
    """As long as nobody chose or typed, the newest paper shows itself; a key pressed at that moment decides nothing."""
    page.evaluate(AS_ITS_BUTTONS_COME, [counter.filing, ["p", "l"]])

    other = counter.another("Another gap.")

    expect(page.locator(f'article[data-filing="{other}"] button[value=hold]')).to_be_enabled()
    expect(page.locator("#said")).to_contain_text("nothing was done")
    assert (counter.decided(), counter.decided(other)) == ([], [])


def test_the_page_stays_on_what_was_sent(counter: Counter, page: Page) -> None:
    """After sending, undo and the receipt are at hand, also when another paper comes in."""
    say(page)
    page.locator("button[value=release]").click()
    expect(page.locator("button[value=hold]")).to_have_text("Undo")

    counter.another("Another gap.")
    expect(page.locator("#news")).to_contain_text("New paper")

    expect(page.locator(f'article[data-filing="{counter.filing}"]')).to_be_visible()
    expect(page.locator("a.print")).to_be_visible()
    expect(page.locator("button[value=hold]")).to_be_enabled()
    page.locator("button[value=hold]").click()
    expect(page.locator(".verdict.held")).to_be_visible()
    assert counter.decided() == ["released", "held"]


def test_open_work_is_listed_first_whatever_is_newer(counter: Counter, served: str, browser_page: Page) -> None:
    """A paper that waits is on the page, first and with its age, below seventy newer ones too."""
    for number in range(70):
        newer = counter.another(f"Gap {number}.")
        people.release(counter.ledger, newer, Person(advisor="A", reason="x"))

    browser_page.goto(f"{served}?language=fi")

    expect(browser_page.locator("#list li.head").first).to_have_text("Odottaa päätöstä (1)")
    expect(browser_page.locator("#list a").first).to_have_attribute("data-filing", counter.filing)
    expect(browser_page.locator("#list a").first).to_contain_text("juuri nyt")
    expect(browser_page.locator("#list a")).to_have_count(61)


def test_a_returned_filing_says_why_and_what_the_authority_wrote(
    counter: Counter, served: str, browser_page: Page
) -> None:
    """State, reason in words and the office's note, first in the list; nothing green."""
    counter.returned("Sivu 2 on leikkautunut,\n<b>pyydä</b> uusi kopio.")

    browser_page.goto(f"{served}?language=sv")

    expect(browser_page.locator(".verdict.returned")).to_have_text("Returnerat")
    expect(browser_page.locator(".why")).to_contain_text("En bilaga saknas.")
    expect(browser_page.locator(".why blockquote")).to_contain_text("<b>pyydä</b> uusi kopio.")
    expect(browser_page.locator("#list li.returned")).to_contain_text("En bilaga saknas.")
    expect(browser_page.locator(".complete")).to_have_count(0)


def test_a_paper_of_another_unit_names_that_unit(counter: Counter, served: str, browser_page: Page) -> None:
    """The office said where it belongs: the reason ends with the unit's name, as the clerk saw it before sending."""
    counter.returned("Turku hoitaa ruotsinkieliset.", reason="wrong_unit", provider="vero", unit="turku")

    browser_page.goto(f"{served}?language=fi")

    expect(browser_page.locator(".why")).to_contain_text("toiselle yksikölle. → Verohallinto, Turku")


def test_an_unknown_paper_gets_its_recipient_by_name(counter: Counter, served: str, browser_page: Page) -> None:
    """Authorities and units are chosen by their names in the page's language; without one nothing is sent."""
    paper = waiting(counter.ledger, counter.blobs, unknown())
    browser_page.goto(f"{served}?language=sv#{paper}")
    page = browser_page
    expect(page.locator(f'article[data-filing="{paper}"] button[value=release]')).to_be_enabled()
    say(page, "ett brev")

    page.keyboard.press("Escape")
    page.locator("h2").click()
    page.keyboard.press("l")
    expect(page.locator("#said")).to_have_text("Välj mottagare först.")
    options = page.locator("select[name=recipient]").inner_text()
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("select[name=recipient]").select_option("vero/turku")
    page.locator("button[value=release]").click()
    expect(page.locator("article")).to_contain_text("Mottagare: Skatteförvaltningen, Åbo")

    work = claim(counter.ledger, WORKED_ON, worker="w", lease_seconds=60)
    assert work is not None
    assert work.facts["chosen"] == {"provider": "vero", "unit": "turku"}
    assert "vero" not in options and "Skatteförvaltningen" in page.locator("article").inner_text()


def name_form(counter: Counter, form: str) -> int:
    """The advisor says which form the filing is, as our own page does."""
    valid = [known for known in FORMS if (known.form, known.language) == (form, "fi") and known.valid_on(DEMO_DAY)]
    edition = valid[0].edition if form else ""
    said = {"filing": counter.filing, "version": counter.version(), "form": form, "edition": edition, "language": "fi"}
    headers = {"sec-fetch-site": "same-origin"}
    address = f"/filing/{counter.filing}/form"
    return int(counter.client.post(address, data={**said, "advisor": "A"}, headers=headers).status_code)


def test_a_form_that_is_named_takes_the_place_of_every_earlier_recipient(counter: Counter) -> None:
    """After a unit chosen by hand, and after a return, the rules decide anew for the form that was named."""
    counter.returned("not ours", "wrong_provider", "vero", "jyvaskyla")
    assert counter.decide(recipient="vero/jyvaskyla") < 400
    assert counter.decide(action="hold") < 400

    assert name_form(counter, "kela-sv4") < 400
    assert counter.decide() < 400

    work = claim(counter.ledger, WORKED_ON, worker="w", lease_seconds=60)
    assert work is not None
    assert (work.state, work.provider, work.unit) == (State.READY, "kela", None)
    assert choice_of(work) is None
    assert work.documents[0]["eservice"]["url"].startswith("https://")


def test_a_form_that_was_named_by_mistake_becomes_an_unknown_paper_again(counter: Counter) -> None:
    """The chooser offers it for a form only; the recipient is then chosen by hand, and the page says who said so."""
    chooser = f"/filing/{counter.filing}/forms"
    assert name_form(counter, "kela-sv4") < 400
    assert "None of these: unknown paper" in counter.client.get(chooser, params={"language": "en"}).text

    assert name_form(counter, "") < 400

    shown = counter.client.get(f"/filing/{counter.filing}", params={"language": "en"}).text
    assert "This is no form we know" in shown and "said that it is no form we know" in shown
    assert "None of these" not in counter.client.get(chooser, params={"language": "en"}).text
    assert counter.decide() >= 400
    assert counter.decide(recipient="vero/turku", reason="a letter") < 400
    work = claim(counter.ledger, WORKED_ON, worker="w", lease_seconds=60)
    assert work is not None
    assert (work.state, work.kind, work.form, work.provider) == (State.READY, "unknown", None, "vero")
    assert choice_of(work) == Choice(provider="vero", unit="turku")


def test_a_filing_that_stopped_after_its_route_is_routed_anew_once_its_form_was_named(counter: Counter) -> None:
    """A paper held for want of the authority's certificate never goes on with the route of another form."""
    counter.decide()
    counter.go_on((State.ROUTED, Changes(provider="vero", unit="jyvaskyla", facts={"route": {"provider": "vero"}})))
    work = claim(counter.ledger, WORKED_ON, worker="w", lease_seconds=60)
    assert work is not None
    claimed.hold(counter.ledger, work, "certificate")

    assert name_form(counter, "kela-sv4") < 400
    assert counter.decide() < 400

    assert counter.state() == "ready"
