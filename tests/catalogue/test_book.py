"""The page for whoever answers for the rules."""

from pathlib import Path

from intake.forms.draw.book import write_book
from intake.forms.load import BUILTIN, load_definition


def test_book_shows_fields_and_rules_in_words(tmp_path: Path) -> None:
    """Every field is drawn on its page, every rule stands there as its Finnish sentence with basis and source."""
    form = load_definition(BUILTIN / "kela" / "kela-y121" / "2013-05.fi.toml")

    page = write_book([form], tmp_path).read_text()

    assert all(f"title='{field.key}'" in page for field in form.fields)
    assert all(rule.text.fi in page and rule.source in page for rule in form.rules)
    assert len(list(tmp_path.glob("*.png"))) == len(form.pages)
