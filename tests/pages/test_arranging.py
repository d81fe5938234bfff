"""Pages are turned, ordered and taken out on the page; the scanner's bytes stay, a page taken out is a filing."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from intake.jail.pixels import Gray
from tests.journeys.conftest import VIREILLE, Pages, Point, filled, forms, pdf, point
from tests.pages.test_browser import running

__all__ = ["filled", "forms", "point", "running"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def letter(seed: int) -> Gray:
    """A page that is none of our forms."""
    page = np.full((3508, 2480), 252, np.uint8)
    noise = np.random.default_rng(seed)
    for line in range(1 + seed):
        y = 300 + 110 * line
        for x in range(250, 250 + int(noise.integers(900, 1900)), 46):
            page[y : y + 34, x : x + int(noise.integers(12, 34))] = 40
    return page


def pages(page: Page) -> list[str]:
    """The numbers of the pages that are shown, in order."""
    return [str(one.get_attribute("data-page")) for one in page.locator("figure[data-page]").all()]


def test_two_papers_in_one_picture_are_two_in_the_list(
    running: tuple[Point, str], browser_page: Page, filled: Pages
) -> None:
    """Two people's papers on the glass: each is a filing of its own, and the page says where its sheet comes from."""
    point, address = running
    page = browser_page
    page.goto(f"{address}?language=en")
    empty = ("allekirjoitus",)
    sheets = [filled("kela-y121", empty=empty, seed=seed)[0] for seed in (3, 4)]

    point.drop("glass.pdf", pdf(np.hstack(sheets)))

    expect(page.locator(".verdict.incomplete")).to_be_visible(timeout=60_000)
    expect(page.locator("#list a")).to_have_count(2)
    expect(page.locator("#list")).to_contain_text("2 of 2 of the same hand-over")
    expect(page.locator("figcaption")).to_have_text(["Page 1/1 · cut out of a picture with several papers"])


def test_pages_are_arranged_taken_out_put_back_and_travel_so(
    running: tuple[Point, str], browser_page: Page, filled: Pages, tmp_path: Path
) -> None:
    """Moved and turned by keys, taken out and put back by K; the bundle has the order, the original its bytes."""
    point, address = running
    page = browser_page
    page.goto(f"{address}?language=en")
    scan = pdf(*filled("kela-sv4", empty=("allekirjoitus",)), letter(1), letter(2))
    point.drop("scan.pdf", scan)
    expect(page.locator(".verdict.incomplete")).to_be_visible(timeout=60_000)
    expect(page.locator("figure[data-page]")).to_have_count(4)
    page.locator("input[name=advisor]").fill("Aino")
    code = str(page.locator("article").get_attribute("data-filing"))
    expect(page.locator("button[value=release]")).to_be_enabled()

    page.locator('figure[data-page="4"] [data-tool=up]').press("Enter")
    expect(page.locator("figure[data-page]").nth(2)).to_have_attribute("data-page", "4")
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator('figure[data-page="3"] [data-tool=turn]').click()
    expect(page.locator('figure[data-page="3"]')).to_have_attribute("data-turn", "90")
    expect(page.locator("button[value=release]")).to_be_enabled()
    picture = page.locator('figure[data-page="3"] .sheet img')
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("one => one.naturalWidth > one.naturalHeight")
    page.locator('figure[data-page="4"] [data-tool=out]').click()
    expect(page.locator("figure[data-page]")).to_have_count(3)
    expect(page.locator("#list a")).to_have_count(2)
    page.locator(f'#list a:not([data-filing="{code}"])').click()
    expect(page.locator("ul.pairs")).to_contain_text("Taken out of")
    expect(page.locator("article button[value=attach]").first).to_be_enabled()
    page.keyboard.press("k")
    expect(page.locator("article")).to_contain_text("Its pages were added")
    page.locator(f'#list a[data-filing="{code}"]').click()
    expect(page.locator("figure[data-page]")).to_have_count(4)

    assert pages(page) == ["1", "2", "4", "3"]
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.locator("input[name=reason]").fill("tuo loput")
    page.locator("button[value=release]").click()
    expect(page.locator("article .top")).to_contain_text("waiting for the receipt", timeout=150_000)
    (bundle,) = (point.folder / "hub" / "kela").glob("*.p7m")
    key, out = point.folder / "keys" / "kela.key.pem", tmp_path / "opened"
    subprocess.run([VIREILLE, "open", bundle, "--key", key, "--out", out], check=True, capture_output=True)
    sealed = json.loads(next(out.rglob("bundle.json")).read_text())
    assert [one["scan_page"] for one in sealed["pages"]] == [1, 2, 4, 3]
    assert next(out.rglob("001.pdf")).read_bytes() == scan
