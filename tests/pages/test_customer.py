"""What the customer gets: the gaps large and on paper, a receipt in the paper's language, a slip for a kept paper."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Error, Page, expect
from pypdf import PdfReader

from intake.base.filing import Document, EService, Finding
from intake.base.settings import Point
from intake.base.texts import Text
from routing_rules.providers import BUILTIN, load_provider
from tests.pages.conftest import FORMS, HOST, PROVIDERS, Counter, document, site_of, waiting
from tests.pages.test_layout import must_be_clean
from workers.pages.app import create_app
from workers.pages.desk import PointDesk
from workers.pages.records import World
from workers.run.new_point import DEMO_DAY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def swedish() -> Document:
    """A Swedish form with two gaps."""
    gaps = (
        Finding(code="missing", field="allekirjoitus", text=Text(fi="Nimi puuttuu.", sv="Namnet saknas.", en="Name.")),
        Finding(code="missing_attachment", text=Text(fi="Kuitti puuttuu.", sv="Kvittot saknas.", en="Receipt.")),
    )
    online = EService(name="OmaVero", url="https://www.vero.fi/omavero", names={"sv": "MinSkatt"})
    return document().model_copy(update={"language": "sv", "findings": gaps, "eservice": online})


def text_of(counter: Counter, path: str) -> str:
    """The words of a PDF."""
    return " ".join(PdfReader(io.BytesIO(counter.client.get(path).content)).pages[0].extract_text().split())


def test_the_gaps_are_shown_large_in_the_customers_language(counter: Counter, served: str, browser_page: Page) -> None:
    """G opens them beside a Finnish page in the paper's Swedish; a click changes it; T turns it round; Esc closes."""
    page = browser_page
    filing = waiting(counter.ledger, counter.blobs, swedish())
    page.goto(f"{served}?language=fi#{filing}")
    expect(page.locator("a.show-gaps")).to_have_class("act primary show-gaps")

    with page.expect_popup() as opened:
        page.keyboard.press("g")
    customer = opened.value

    expect(customer.locator("h1")).to_have_text("Ta med eller fyll i ännu")
    expect(customer.locator("ol")).to_contain_text("Kvittot saknas.")
    expect(customer.locator("main")).to_contain_text("MinSkatt")
    assert customer.locator("ol").evaluate("one => parseFloat(getComputedStyle(one).fontSize)") >= 24
    must_be_clean(customer)
    customer.keyboard.press("t")
    expect(customer.locator("body")).to_have_class("turned")
    customer.locator("nav a", has_text="en").click()
    expect(customer.locator("h1")).to_have_text("Please bring or fill in")
    customer.wait_for_load_state()
    customer.emulate_media(media="print")
    expect(customer.locator("nav")).to_be_hidden()
    customer.emulate_media(media="screen")
    with customer.expect_event("close"), suppress(Error):  # the tab is gone before the key is up
        customer.keyboard.press("Escape")
    expect(page.locator(f'article[data-filing="{filing}"]')).to_contain_text("Nimi puuttuu.")


def test_the_slip_of_a_kept_paper_says_that_it_waits(counter: Counter) -> None:
    """Not sent yet, what to bring, the code; in the paper's language whatever the page's is."""
    filing = waiting(counter.ledger, counter.blobs, swedish())

    shown = text_of(counter, f"/filing/{filing}/receipt")

    assert "Ditt papper väntar vid servicepunkten" in shown
    assert "Kvittot saknas." in shown
    assert filing in shown
    assert "sänds elektroniskt" not in shown


def test_the_customer_reads_how_to_reach_the_authority_where_its_file_says_so(counter: Counter, tmp_path: Path) -> None:
    """On receipt, slip and page, as the provider's file has it, the unit's before the authority's; else no line."""
    file = tmp_path / "kela.toml"
    said = 'contact = { phone = "000 111", email = "info@kela.example" }\n'
    file.write_text(said + (BUILTIN / "kela.toml").read_text("utf-8"), "utf-8")
    point = Point(id="saarijarvi", name="Saarijärvi", data=tmp_path)
    world = World(point, {**PROVIDERS, "kela": load_provider(file)}, FORMS, DEMO_DAY)
    desk = PointDesk(counter.ledger, counter.blobs, world, counter.health)
    path = f"/filing/{counter.filing}"
    without = text_of(counter, f"{path}/receipt?language=en")

    with TestClient(create_app(desk, point, site_of(point)), base_url=f"http://{HOST}") as client:
        slip = PdfReader(io.BytesIO(client.get(f"{path}/receipt?language=en").content)).pages[0].extract_text()
        page = client.get(f"{path}/customer?language=en").text

    assert "000 111 · info@kela.example" in slip
    assert "000 111 · info@kela.example" in page
    assert "How to reach the authority" not in without


def test_the_receipt_says_with_which_gaps_it_was_sent(counter: Counter) -> None:
    """After sending the same address is the receipt, with the gaps; another language on request."""
    counter.decide()

    shown = text_of(counter, f"/filing/{counter.filing}/receipt?language=en")

    assert "Sent in spite of these gaps" in shown
    assert "The signature is missing." in shown
