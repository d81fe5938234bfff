"""Offers the known words that come near to one that is not known."""

from collections.abc import Collection
from difflib import get_close_matches

from intake.base.toml import strange

_MOST_LISTED = 12
_LIKE = 0.7
"""How like a word is that may have been meant, of 1."""


def near(word: str, known: Collection[str], *, all_of: bool = False) -> str:
    """`; did you mean …?` to end a sentence with; `all_of`: where nothing is near, all of them if they are few.

    A letter of the word that only looks like the one it should be is named.
    """
    matches = get_close_matches(word.lower(), sorted(known), n=3, cutoff=_LIKE)
    if matches:
        return f"{strange(word)}; did you mean {' or '.join(repr(match) for match in matches)}?"
    listed = f"; known: {', '.join(sorted(known))}" if all_of and 0 < len(known) <= _MOST_LISTED else ""
    return f"{strange(word)}{listed}"
