"""Fields of a page that has no form of its own: found from the lines, boxes and comb cells drawn on it."""

from intake.forms.blank import Blank
from intake.forms.printed import Word
from intake.forms.widgets import Found


def ruled_fields(blank: Blank, words: list[list[Word]]) -> tuple[list[Found], list[str]]:
    """Fields in page order, and notes on what was not found."""
    return [], []
