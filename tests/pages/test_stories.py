"""Whole stories at the counter, in a real browser over a point that runs: each paper is carried to its end."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from intake.jail.pixels import Gray
from tests.journeys.conftest import VIREILLE, Pages, Point, filled, forms, pdf, point
from tests.pages.test_arranging import letter
from tests.pages.test_browser import running
from tests.pages.test_layout import must_be_clean

__all__ = ["filled", "forms", "point", "running"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WAIT = 120_000


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
