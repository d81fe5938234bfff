"""A page's text with its places: what whole-page reading gives and the searchable document is made from."""

import unicodedata
from dataclasses import dataclass

MOST_WORDS = 5_000
"""A4 pages hold some hundreds; more is noise taken for letters."""
LONGEST_WORD = 80


@dataclass(frozen=True, slots=True)
class Word:
    """One word and where it stands."""

    text: str
    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 in pixels of the page that was read."""
    confidence: float
    """0 to 1."""
    line: int
    """Words of one printed line share a number; numbers rise in reading order."""


@dataclass(frozen=True, slots=True)
class PageText:
    """The words of one page in reading order."""

    words: tuple[Word, ...]
    width: int
    height: int
    failed: str | None = None
    """Why there are no words although nobody could look: `timeout`, `too_much`, `engine`."""

    @property
    def text(self) -> str:
        """The words, a line each."""
        lines: dict[int, list[str]] = {}
        for word in self.words:
            lines.setdefault(word.line, []).append(word.text)
        return "\n".join(" ".join(words) for words in lines.values())

    @property
    def confidence(self) -> float:
        """The mean confidence of the words' letters, 0 when there are none."""
        letters = sum(len(word.text) for word in self.words)
        return sum(len(word.text) * word.confidence for word in self.words) / letters if letters else 0.0


def clean_word(untrusted_text: str) -> str:
    """`untrusted_text` in composed form without control, unassigned or replacement characters, of bounded length."""
    composed = unicodedata.normalize("NFC", untrusted_text[: 4 * LONGEST_WORD])
    kept = (character for character in composed if unicodedata.category(character)[0] != "C" and character != "�")
    return "".join("".join(kept).split())[:LONGEST_WORD]
