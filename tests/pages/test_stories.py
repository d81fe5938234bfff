"""Whole stories at the counter, in a real browser over a point that runs: each paper is carried to its end."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from intake.jail.pixels import Gray
from scanners.folder import lay_out
from tests.journeys.conftest import VIREILLE, Pages, Point, filled, forms, pdf
from tests.pages.test_arranging import letter
from tests.pages.test_browser import running
from tests.pages.test_layout import must_be_clean
from workers.run.new_point import PILOT, make_point

__all__ = ["filled", "forms", "running"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
WAIT = 120_000


@pytest.fixture
def point(request: pytest.FixtureRequest, tmp_path: Path) -> Point:
    """One of the pilot's points, with two scanners."""
    file = make_point(tmp_path / "point", demo=True, place=PILOT[getattr(request, "param", "saarijarvi")])
    lay_out(file.parent / "scan" / "tiski-2")
    second = '\n[[scanner]]\nid = "tiski-2"\nfolder = "scan/tiski-2"\n'
    file.write_text(file.read_text("utf-8") + second, "utf-8")
    return Point(file.parent)


def advisor(page: Page, address: str, name: str, language: str = "en") -> Page:
    """The page, with an advisor at it."""
    page.goto(f"{address}?language={language}")
    page.evaluate(f"sessionStorage.setItem('advisor', '{name}')")
    page.reload()
    return page


def torn(page: Gray) -> Gray:
    """A page whose lower third is gone: too little for the machine, enough for a person."""
    whole = page.copy()
    whole[page.shape[0] * 2 // 3 :] = 250
    return whole


def received(point: Point, provider: str, into: Path) -> dict[str, Any]:
    """What the only bundle at a provider says of itself."""
    (bundle,) = (point.folder / "hub" / provider).glob("*.p7m")
    key = point.folder / "keys" / f"{provider}.key.pem"
    subprocess.run([VIREILLE, "open", bundle, "--key", key, "--out", into], check=True, capture_output=True)
    said: dict[str, Any] = json.loads(next(into.rglob("bundle.json")).read_text())
    return said


def test_an_unknown_paper_gets_its_form_by_picture_and_goes_to_turku(
    running: tuple[Point, str], browser_page: Page, filled: Pages, tmp_path: Path
) -> None:
    """F shows the forms it resembles, the right one first; the unit is chosen by name; both travel in the bundle."""
    point, address = running
    page = browser_page
    page.goto(f"{address}?language=en")
    page.evaluate("sessionStorage.setItem('advisor', 'Aino')")
    point.drop("scan.pdf", pdf(torn(filled("vero-5010")[0])))
    expect(page.locator("article")).to_contain_text("This is no form we know", timeout=WAIT)
    expect(page.locator("button[value=release]")).to_be_enabled()

    page.keyboard.press("f")
    likely = page.locator("#forms section").first.locator("button")
    expect(likely.first).to_be_focused()
    assert likely.first.get_attribute("data-form") == "vero-5010"
    expect(likely.first.locator("img")).to_have_js_property("naturalWidth", 320)
    must_be_clean(page)
    page.locator("#forms input").fill("5010")
    expect(page.locator("#forms button[data-form=kela-sv4]").first).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#forms")).to_be_hidden()
    expect(page.locator("#forms input")).not_to_be_focused()  # the browser takes the focus back a frame later
    page.keyboard.press("f")
    expect(likely.first).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    expect(page.locator("h2")).to_contain_text("tax card", timeout=WAIT)
    expect(page.locator("ul.people")).to_contain_text("Aino chose the form")
    page.locator("select[name=recipient]").select_option("vero/turku")
    page.locator("input[name=reason]").fill("kuuluu Turkuun")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("button[value=release]").click()
    expect(page.locator("article .top")).to_contain_text("waiting for the receipt", timeout=WAIT)
    said = received(point, "vero", tmp_path / "opened")
    assert (said["kind"], said["form"], said["unit"]) == ("form", "vero-5010", "turku")
    assert said["fields"] == {}


def test_a_wrong_split_is_put_right_by_drag_and_by_key(
    running: tuple[Point, str], browser_page: Page, filled: Pages
) -> None:
    """A receipt behind the other form is dragged onto its own filing's row; a split too many is put back by K."""
    point, address = running
    page = browser_page
    page.goto(f"{address}?language=en")
    page.evaluate("sessionStorage.setItem('advisor', 'Aino')")
    claim, tax = (filled(form, empty=("allekirjoitus",)) for form in ("kela-sv4", "vero-3308"))
    point.drop("scan.pdf", pdf(*claim, *tax, letter(2)))
    travel = page.locator("#list li.incomplete a", has_text="Reimbursement for travel")
    other = page.locator("#list li.incomplete a", has_text="2 of 2")
    expect(travel).to_contain_text("1 of 2", timeout=WAIT)
    expect(other).to_be_visible(timeout=WAIT)
    other.click()
    figures = page.locator("figure[data-page]")
    expect(figures).to_have_count(len(tax) + 1)
    expect(page.locator("button[value=release]")).to_be_enabled()

    page.locator(".thumbs [data-drag]").last.drag_to(travel)

    expect(figures).to_have_count(len(tax), timeout=WAIT)
    expect(travel).to_be_visible(timeout=WAIT)
    travel.click()
    expect(figures).to_have_count(len(claim) + 1, timeout=WAIT)
    expect(page.locator("ul.pairs")).to_contain_text("Added to this")
    expect(page.locator("button[value=release]")).to_be_enabled(timeout=WAIT)
    figures.nth(1).locator("[data-tool=split]").press("Enter")
    expect(figures).to_have_count(1, timeout=WAIT)
    page.locator("#list li a", has_text="4 of 4").first.click()
    expect(figures).to_have_count(2, timeout=WAIT)
    expect(page.locator("ul.pairs")).to_contain_text("Taken out of")


def test_three_customers_at_once_and_one_signs_at_the_counter(
    running: tuple[Point, str], browser_page: Page, filled: Pages
) -> None:
    """Each of three advisors ends her own customer's paper; the signed one replaces the unsigned by a key."""
    point, address = running
    browser = browser_page.context.browser
    assert isinstance(browser, Browser)
    aino, bertta, cecilia = (
        advisor(browser.new_context().new_page(), address, name) for name in ("Aino", "Bertta", "Cecilia")
    )
    unsigned = ("allekirjoitus",)
    point.drop("a.pdf", pdf(*filled("kela-sv4", empty=unsigned)))
    (point.folder / "scan" / "tiski-2" / "b.pdf").write_bytes(pdf(*filled("vero-3308", empty=unsigned)))
    point.drop("c.pdf", pdf(*filled("vero-5010", empty=unsigned)))
    titles = {"Reimbursement for travel": aino, "Claim for adjustment": bertta, "tax card": cecilia}
    codes = {}
    for title, page in titles.items():
        row = page.locator("#list li.incomplete a", has_text=title)
        expect(row).to_be_visible(timeout=WAIT)
        codes[page] = str(row.get_attribute("data-filing"))
        row.click()
        expect(page.locator(f'article[data-filing="{codes[page]}"]')).to_be_visible()

    for page in (bertta, cecilia):
        page.locator("input[name=reason]").fill("brings the rest")
        expect(page.locator("button[value=release]")).to_be_enabled()
        page.locator("button[value=release]").click()
        expect(page.locator("article")).to_contain_text("sent it: brings the rest", timeout=WAIT)
    point.drop("again.pdf", pdf(*filled("kela-sv4")))  # signed at the counter; the point lets it go by itself
    likely = aino.locator("ul.pairs button[data-likely]")
    expect(likely).to_be_visible(timeout=WAIT)
    expect(likely).to_be_enabled(timeout=WAIT)
    aino.keyboard.press("k")

    expect(aino.locator(".verdict.ended")).to_be_visible(timeout=WAIT)
    states = {one["id"]: one["state"] for one in point.status()["filings"]}
    assert states[codes[aino]] == "joined"
    assert len(states) == 4
    for page, name in ((aino, "Aino"), (bertta, "Bertta"), (cecilia, "Cecilia")):
        shown = json.loads(point.command("show", codes[page], "--json"))
        assert {one["advisor"] for one in shown["people"]} == {name}


@pytest.mark.parametrize("point", ["parainen"], indirect=True)
def test_a_swedish_customer_at_parainen_is_served_in_swedish(
    running: tuple[Point, str], browser_page: Page, filled: Pages, tmp_path: Path
) -> None:
    """The page is Swedish unasked; gap, customer's page and receipt too; the paper goes to Pargas."""
    point, address = running
    page = browser_page
    page.goto(address)
    page.evaluate("sessionStorage.setItem('advisor', 'Åsa')")
    point.drop("scan.pdf", pdf(*filled("dvv-nimi", "sv", empty=("allekirjoitus",))))
    expect(page.locator(".verdict.incomplete")).to_contain_text("Brister", timeout=WAIT)
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    expect(page.locator("ul.gaps")).to_contain_text("saknas")

    with page.expect_popup() as opened:
        page.keyboard.press("g")
    expect(opened.value.locator("h1")).to_have_text("Ta med eller fyll i ännu")
    opened.value.close()
    page.locator("input[name=reason]").fill("undertecknar i morgon")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("button[value=release]").click()
    expect(page.locator("article .top")).to_contain_text("väntar på kvittering", timeout=WAIT)
    said = received(point, "maistraatti", tmp_path / "opened")
    assert (said["language"], said["unit"], said["overrides"][0]["reason"]) == (
        "sv", "lounais-suomi-parainen", "undertecknar i morgon",
    )  # fmt: skip


def test_an_attachment_of_tomorrow_joins_the_form_that_lacks_it(
    running: tuple[Point, str], browser_page: Page, filled: Pages
) -> None:
    """The form that says it has a lease and came without waits; the page alone is offered to it, and K adds it."""
    point, address = running
    page = advisor(browser_page, address, "Aino")
    form = filled("kela-at1")
    point.drop("form.pdf", pdf(*form))
    row = page.locator("#list li.incomplete a", has_text="ousing")
    expect(row).to_be_visible(timeout=WAIT)
    point.drop("lease.pdf", pdf(letter(3)))
    unknown = page.locator("#list li.unsure a", has_text="Unknown paper")
    expect(unknown).to_be_visible(timeout=WAIT)
    unknown.click()
    expect(page.locator("ul.pairs button[data-likely]")).to_be_enabled(timeout=WAIT)

    page.keyboard.press("k")

    expect(page.locator(".verdict.ended")).to_be_visible(timeout=WAIT)
    page.locator("#list a", has_text="ousing").click()
    expect(page.locator("figure[data-page]")).to_have_count(len(form) + 1, timeout=WAIT)
    expect(page.locator("ul.pairs")).to_contain_text("Added to this")
