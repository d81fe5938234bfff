"""Takes the pictures of README: a point at work in a real browser, in three languages.

`make screenshots` writes `workers/pages/pictures/*.png`, small and in few colours; look at them before
they are committed.
"""

import io
import re
import subprocess
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from intake.forms.load import BUILTIN, load_catalogue, valid_on
from tests.browsing import chromium
from tests.journeys.conftest import VIREILLE
from workers.run.demo import filled
from workers.run.new_point import DEMO_DAY, make_point

PICTURES = Path(__file__).parents[1] / "workers" / "pages" / "pictures"
LANGUAGES = ("fi", "sv", "en")
SIZE = {"width": 1366, "height": 768}
SAMPLES = (("vero-14a", "sv", ()), ("dvv-nimi", "fi", ()), ("kela-sv4", "fi", ("allekirjoitus", "iban")))
"""The last one is shown open."""


def main() -> None:
    """Take all pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        config = make_point(Path(folder) / "point", demo=True)
        process = subprocess.Popen([str(VIREILLE), "run", "--config", str(config)], stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            address = re.search(r"http://\S+", process.stdout.readline())
            assert address is not None
            page = browser.new_page(viewport=SIZE)
            page.set_default_timeout(180_000)
            _papers(page, address[0], config.parent / "scan" / "tiski-1")
            for language in LANGUAGES:
                _counter(page, address[0], language)
            _search(page, address[0])
        finally:
            process.terminate()
            process.wait(60)


def _papers(page: Page, address: str, folder: Path) -> None:
    """Hand the papers in one after the other, as customers come."""
    known = {(one.form, one.language): one for one in valid_on(load_catalogue([BUILTIN]), DEMO_DAY)}
    page.goto(address)
    for number, (form, language, empty) in enumerate(SAMPLES, start=1):
        (folder / f"scan{number:03d}.pdf").write_bytes(filled(known[form, language], empty, seed=number))
        expect(page.locator("#list a[data-filing]")).to_have_count(number, timeout=180_000)
        expect(page.locator("#list")).not_to_contain_text("Luetaan", timeout=180_000)


def _counter(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}?language={language}")
    page.locator("#list li.incomplete a[data-filing]").first.click()
    expect(page.locator("ul.gaps button").first).to_be_visible()
    expect(page.locator("#detail")).not_to_contain_text(re.compile("luetaan|läser|reading"), timeout=180_000)
    expect(page.locator(".sheet img").first).to_have_js_property("complete", True)
    expect(page.locator("button[value=release]")).to_be_enabled()
    page.evaluate("Promise.all(document.getAnimations().map(animation => animation.finished))")
    _save(page, f"counter-{language}")


def _search(page: Page, address: str) -> None:
    page.goto(f"{address}?language=fi")
    page.locator("#search").fill("passin uusiminen")
    expect(page.locator("#matters .warning").first).to_be_visible()
    _save(page, "search-fi")


def _save(page: Page, name: str) -> None:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    picture.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
