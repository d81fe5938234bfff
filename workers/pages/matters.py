"""Lets an advisor look up a matter before any paper is scanned: its form, a blank to print, the e-service."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from intake.base.filing import EService
from intake.base.texts import Language
from intake.forms.model import Definition


@dataclass(frozen=True, slots=True)
class Matter:
    """One form an advisor may need."""

    form: str
    edition: str
    language: str
    """Of the blank that can be printed."""
    title: str
    code: str
    provider: str
    eservice: EService | None


def matters(definitions: Iterable[Definition], language: Language, query: str, names: dict[str, str]) -> list[Matter]:
    """The newest edition of each form in `language` (or the only one there is) that has all words of `query`."""
    newest: dict[str, Definition] = {}
    for one in definitions:
        known = newest.get(one.form)
        if known is None or _rank(one, language) > _rank(known, language):
            newest[one.form] = one
    found = [_matter(one, language, names) for one in newest.values()]
    wanted = _plain(query).split()
    return sorted(
        (one for one in found if all(word in _searched(one) for word in wanted)),
        key=lambda one: (one.provider, one.title),
    )


def _rank(one: Definition, language: str) -> tuple[bool, str]:
    return (one.language == language, str(one.valid_from or ""))


def _matter(one: Definition, language: Language, names: dict[str, str]) -> Matter:
    title = one.titles.get(language) or one.titles.get(one.language) or one.form
    code = next((mark.text for mark in one.marks if mark.kind == "code"), "")
    provider = names.get(one.provider, one.provider)
    return Matter(one.form, one.edition, one.language, title, code, provider, one.eservice)


def _searched(one: Matter) -> str:
    return _plain(f"{one.title} {one.code} {one.code.replace(' ', '')} {one.provider} {one.form}")


def _plain(text: str) -> str:
    """Small letters without accents, so that `ä` is found by `a`."""
    return "".join(one for one in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(one))
