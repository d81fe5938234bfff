"""A morning at Vero: three clerks in Jyväskylä share forty filings, Turku gets one, one goes back, one is mended."""

import pytest
from playwright.sync_api import Page, expect

from tests.office.conftest import SignIn, Vero
from tests.office.test_page import answer_of, opened
from workers.deliver.connect import open_queue

MORNING = 40


def next_free(page: Page, url: str) -> str | None:
    """Open the next free filing; None when all are taken."""
    page.goto(f"{url}/?show=free")
    links = page.locator("#rows a[href^='/filing/']")
    if links.count() == 0:
        return None
    links.first.click()
    page.wait_for_selector("#filing")
    page.wait_for_load_state()  # the keys work from here on
    return page.locator("#filing").get_attribute("data-bundle")


def dead_letter(vero: Vero) -> tuple[str, bytes]:
    """A filing that came damaged and was given up: its bundle, and the bytes that it should have had."""
    sent = vero.send("damaged").bundle_id
    file, queue = vero.folder / f"hub/vero/{sent}.p7m", open_queue(vero.queue)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"x")
    while not queue.dead_letters("vero", "jyvaskyla"):
        leased = queue.receive("vero", "jyvaskyla", 60)
        assert leased is not None
        queue.fail(leased.token, "altered", 0, blame=True)
    return sent, whole


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_clerks_share_a_morning(vero: Vero, sign_in: SignIn) -> None:
    """Every filing is answered once: accepted, corrected, returned with a sentence, forwarded, or mended first."""
    jyvaskyla, turku = vero.unit("jyvaskyla"), vero.unit("turku")
    jyvaskyla.people("aino", "bo", "cecilia")
    turku.people("tuuli")
    damaged, whole = dead_letter(vero)
    sent = [vero.send(f"m{number}", ("vero-5010", "vero-14a")[number % 2]).bundle_id for number in range(MORNING - 1)]
    vero.run(jyvaskyla)
    vero.run(turku)
    clerks = [sign_in(jyvaskyla, name) for name in ("aino", "bo", "cecilia")]
    expect(clerks[0].locator(".count")).to_have_text(f"Yhteensä {MORNING - 1}", timeout=300_000)

    forwarded = next_free(clerks[0], jyvaskyla.url)
    clerks[0].keyboard.press("s")
    clerks[0].select_option("#forward [name=unit]", "turku")
    clerks[0].click("#forward form button")
    expect(clerks[0].locator(".verdict")).to_have_text("Siirretty")

    returned = next_free(clerks[1], jyvaskyla.url)
    clerks[1].keyboard.press("p")
    clerks[1].select_option("#return [name=reason]", "missing_attachment")
    clerks[1].fill("#return [name=note]", "Vuokrasopimus puuttuu.")
    expect(clerks[1].locator(".preview")).to_contain_text("Liite puuttuu.")
    expect(clerks[1].locator(".preview blockquote")).to_have_text("Vuokrasopimus puuttuu.")
    clerks[1].click("#return form > button")
    expect(clerks[1].locator(".verdict")).to_have_text("Palautettu")

    corrected = next_free(clerks[2], jyvaskyla.url)
    value = clerks[2].locator("li:has([value=nimi]) [name=value]")
    value.fill("Eeva Rasanen")
    value.press("Enter")
    expect(clerks[2].locator("li:has([value=nimi])")).to_contain_text("Vahvistanut Cecilia")
    expect(clerks[2].locator("[name=value]:focus")).to_have_count(1)  # it went on to the next field
    clerks[2].keyboard.press("Escape")
    clerks[2].keyboard.press("a")
    expect(clerks[2].locator(".verdict")).to_have_text("Hyväksytty")

    took: list[str] = []
    while True:
        clerk = clerks[len(took) % 3]
        bundle = next_free(clerk, jyvaskyla.url)
        if bundle is None:
            break
        clerk.click("#accept")
        expect(clerk.locator(".verdict")).to_have_text("Hyväksytty")
        took.append(bundle)

    there = sign_in(turku, "tuuli")
    expect(there.locator("#rows a[href^='/filing/']")).to_have_count(1, timeout=60_000)
    assert opened(there, turku) == forwarded
    there.click("#accept")
    expect(there.locator(".verdict")).to_have_text("Hyväksytty")

    (vero.folder / f"hub/vero/{damaged}.p7m").write_bytes(whole)  # mended
    clerks[0].goto(f"{jyvaskyla.url}/dead")
    clerks[0].click("form[action^='/dead/'] button")
    mended = next_free(clerks[0], jyvaskyla.url)
    clerks[0].click("#accept")
    expect(clerks[0].locator(".verdict")).to_have_text("Hyväksytty")
    clerks[0].goto(f"{jyvaskyla.url}/load")

    assert mended == damaged
    assert len({*took, forwarded, returned, corrected, mended}) == MORNING
    receipts = {bundle: answer_of(vero, bundle) for bundle in (*sent, damaged)}
    assert all(receipts.values())
    assert {bundle for bundle, one in receipts.items() if one and one.outcome == "returned"} == {returned}
    back, on = receipts[str(returned)], receipts[str(forwarded)]
    assert back is not None and on is not None
    assert (back.reason, back.note) == ("missing_attachment", "Vuokrasopimus puuttuu.")
    assert (on.outcome, on.unit) == ("accepted", "turku")
    expect(clerks[0].locator("main")).to_contain_text("Cecilia:")
