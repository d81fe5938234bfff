"""Matters at the counter: searched before any paper, shown beside one, printed for the customer; and by the verbs."""

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import VIREILLE
from tests.pages.conftest import Counter
from tests.routing.test_matters import CARD
from workers.run.new_point import make_point


def vireille(*words: object, expect: int = 0, cwd: Path | None = None) -> str:
    """Run the command line; the exit code must be as expected."""
    done = subprocess.run(
        [VIREILLE, *map(str, words)], capture_output=True, text=True, check=False, timeout=120, cwd=cwd
    )
    assert done.returncode == expect, done.stderr
    return done.stdout if expect == 0 else done.stdout + done.stderr


def test_a_matter_without_a_form_is_found_and_says_where_to_go(counter: Counter) -> None:
    """A passport has no form at the point: the search says that it needs a visit, in Swedish, too."""
    finnish = counter.search("passin uusiminen", "fi")
    swedish = counter.search("passet", "sv")

    assert "Vaatii käynnin poliisissa" in finnish
    assert "Kräver besök hos polisen" in swedish


def test_a_card_is_a_page_with_what_to_bring(counter: Counter) -> None:
    """The attachments and deadline come from the form's own rules; the customer's language is the page's own."""
    card = counter.client.get("/matter/asumistuki/sv")

    assert "Bostadsbidrag" in card.text
    assert "Hyresavtal" in card.text
    assert "FPA" in card.text or "Kela" in card.text
    assert "set-cookie" not in card.headers
    assert counter.client.get("/matter/nothing/fi").status_code == 404


def test_the_card_of_its_form_stands_beside_a_paper(counter: Counter) -> None:
    """An open filing links its card and the e-service."""
    shown = counter.client.get(f"/filing/{counter.filing}?language=fi").text

    assert 'href="/matter/matkakorvaus/fi"' in shown
    assert 'href="https://www.kela.fi/asiointi"' in shown


def test_a_form_that_no_card_names_is_found_by_its_title(tmp_path: Path) -> None:
    """So a point that leaves the shipped cards out still finds its forms."""
    config = make_point(tmp_path / "point", demo=True)
    config.write_text(config.read_text() + "\n[matters]\nbuiltin = false\n")

    found = json.loads(vireille("matters", "find", "muuttoilmoitus", "--json", "--config", config))

    assert [one["id"] for one in found][:1] == ["dvv-muutto"]


@pytest.mark.slow
def test_the_advisor_searches_and_prints_a_card(served: str, browser_page: Page) -> None:
    """Typing is enough; the card opens by itself; contacts of advisors are not on the customer's paper."""
    page = browser_page
    page.goto(served)

    page.locator("#search").fill("intressebevakare")
    expect(page.locator("#matters a").first).to_contain_text("Edunvalvonta")
    page.keyboard.press("Enter")
    expect(page.locator("#matters a").first).to_be_focused()
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")

    card = opened.value
    contact = card.locator("section.advisor")
    expect(contact).to_be_visible()
    card.emulate_media(media="print")
    expect(contact).to_be_hidden()
    expect(card.locator("h1")).to_have_text("Edunvalvonta: ilmoitus edunvalvonnan tarpeesta")


def test_the_verbs_find_and_show_without_a_point(tmp_path: Path) -> None:
    """Anybody can ask for any day; an unknown id is not found."""
    found = json.loads(vireille("matters", "find", "gifta", "oss", "--lang", "sv", "--json", cwd=tmp_path))
    shown = vireille("matters", "show", "ajokortti", "--as-of", "2015-03-02", cwd=tmp_path)

    assert found[0]["id"] == "vihkiminen"
    assert "handled by: Poliisi" in shown
    assert "no matter nix" in vireille("matters", "show", "nix", expect=4, cwd=tmp_path)


def test_the_shipped_cards_name_only_what_exists(tmp_path: Path) -> None:
    """`matters check` proves every form and authority; a wrong one is named with exit 5."""
    (tmp_path / "ours.toml").write_text(CARD.format(id="m", extra='forms = ["nix"]'))

    assert "in order" in vireille("matters", "check", cwd=tmp_path)
    assert "matter m: no form nix" in vireille("matters", "check", tmp_path, expect=5, cwd=tmp_path)


def test_a_points_own_card_counts_and_a_broken_one_takes_nothing_away(tmp_path: Path) -> None:
    """`doctor` names the broken file; the search goes on with the shipped cards."""
    config = make_point(tmp_path / "point", demo=True)
    config.write_text(config.read_text() + '\n[matters]\ndirectories = ["matters"]\n')
    ours = config.parent / "matters" / "ours.toml"
    ours.parent.mkdir()
    ours.write_text(CARD.format(id="kauppa", extra=""))
    at = ("--config", config)

    (ours.parent / ".#ours.toml").symlink_to("advisor@counter.1234:1")  # as an editor marks a file that it has open

    before = vireille("matters", "find", "kyläkaupan", *at)
    ours.write_text("broken = ")
    after = vireille("matters", "find", "passi", *at)

    assert "kauppa" in before
    assert "Poliisi" in after
    assert "ours.toml" in vireille("doctor", *at, expect=5)
