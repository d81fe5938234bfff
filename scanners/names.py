"""Turns names that a device or a stranger gave into labels that are safe to show.

A name is never an identity, a path or a key: two files whose names look alike are two papers (B-18). A label has no
control, direction or surrogate characters, no separators, and cannot start a formula or an option.
"""

import unicodedata

LONGEST_LABEL = 80
_NOT_FIRST = "-=+@.'\" "


def label(untrusted_name: str) -> str:
    """A line of at most `LONGEST_LABEL` printable characters that a person recognises the file by.

    `untrusted_name` is as the operating system gave it (undecodable bytes as surrogates).
    """
    composed = unicodedata.normalize("NFC", untrusted_name)
    safe = "".join(_printable(character) for character in composed)
    safe = safe.strip()
    if safe[:1] in _NOT_FIRST:
        safe = f"_{safe.lstrip(_NOT_FIRST)}"
    return _shortened(safe)


def _printable(character: str) -> str:
    if character == " ":
        return character
    if character in '/\\<>&"`':
        return "_"
    return "_" if unicodedata.category(character)[0] in "CZ" else character


def _shortened(text: str) -> str:
    """Cut in the middle, so that the number or suffix at the end of a scanner's name stays."""
    if len(text) <= LONGEST_LABEL:
        return text
    tail = LONGEST_LABEL // 3
    return f"{text[: LONGEST_LABEL - tail - 1]}…{text[-tail:]}"
