"""Knows the kind of an attachment by the words of its title.

The kinds and their words are data (`attachments.toml`); the first kind that has all words of one of its titles near
the top of the page wins. Words are compared in small letters and without the dots and rings of å, ä and ö, which are
taken for one another in small or faint print.
"""

import re
from functools import lru_cache
from pathlib import Path

from intake.base.filing import Frozen
from intake.base.texts import Text
from intake.base.toml import load_toml

TITLE_CHARACTERS = 700
"""How much of a page's text counts as its title and head."""
_PLAIN = str.maketrans("åäö", "aao")


class AttachmentKind(Frozen):
    """One kind of attachment."""

    id: str
    names: Text
    titles: tuple[str, ...]
    """Each a few words that stand together in such a paper's title, in Finnish or Swedish."""
    belongs: Text | None = None
    """What to tell a customer who hands over such a paper: it goes to somebody whom this point does not deliver to."""


class _Kinds(Frozen):
    kind: tuple[AttachmentKind, ...]


@lru_cache(maxsize=1)
def attachment_kinds() -> tuple[AttachmentKind, ...]:
    """All kinds we know, the more special ones first."""
    return load_toml(Path(__file__).with_name("attachments.toml"), _Kinds).kind


def attachment_kind(text: str) -> str | None:
    """The id of the kind of paper whose first page says `text`; None: not known."""
    words = " " + " ".join(re.findall(r"[^\W_]+", text[:TITLE_CHARACTERS].lower())).translate(_PLAIN) + " "
    for kind in attachment_kinds():
        if any(f" {title.translate(_PLAIN)}" in words for title in kind.titles):
            return kind.id
    return None
