"""The page's words in one language, from `texts.toml`."""

from functools import cache
from pathlib import Path

from pydantic import RootModel

from intake.base.texts import Text
from intake.base.toml import load_toml


class _Words(RootModel[dict[str, Text]]):
    """Key to sentence."""


@cache
def _all() -> dict[str, Text]:
    return load_toml(Path(__file__).parent / "texts.toml", _Words).root


@cache
def words(language: str) -> dict[str, str]:
    """All of the page's words in `language`."""
    return {key: text.in_language(language) for key, text in _all().items()}


KEYS = (
    ("↑ ↓", "choose"), ("L", "release"), ("P", "hold"), ("K", "pair"), ("Z", "undo"), ("N", "new"), ("M", "more"),
    ("1–9", "place"), ("/", "search"), ("Esc", "back"), ("?", "help"),
)  # fmt: skip


def key_help(language: str) -> list[tuple[str, str]]:
    """Each key and what it does."""
    return [(key, words(language)[f"key_{name}"]) for key, name in KEYS]


IDENTITIES = ("none", "passport", "id_card", "driving_licence", "residence_permit", "other")
"""How the customer's identity was checked: the kind of document only, never its number."""
