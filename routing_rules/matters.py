"""Matters as data: what a customer may come with, who handles it on a day, what to bring, where else it can be done.

The advisor's service cards (palvelukortit), with and without a form. Every card and every line names its source or says
that it is an assumption. The language is described in MATTERS.md; `matter_search` finds a card by everyday words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from intake.base.errors import BadFile
from intake.base.texts import Language, Text
from intake.base.toml import load_toml
from routing_rules.model import ID_PATTERN, Basis, within
from routing_rules.providers import Names
from routing_rules.when import Frozen, Words

BUILTIN = Path(__file__).parent / "matters"
MOST_FILES = 200
LineKind = Literal["in_person", "no_paper", "bring", "deadline", "fee", "eservice", "booking", "note"]
"""`in_person`: only by a visit to the authority; `no_paper`: the authority wants none."""


def _parted(given: object) -> object:
    """Search words are written as one text with commas."""
    return tuple(part for part in map(str.strip, given.split(",")) if part) if isinstance(given, str) else given


SearchWords = Annotated[Words, BeforeValidator(_parted)]


class Dated(Frozen):
    """What counts between two days; both ends are included and None is open."""

    valid_from: date | None = None
    valid_until: date | None = None
    points: Words = ()
    """Only at these points, by id; empty: at all."""

    def counts(self, day: date, point: str | None) -> bool:
        """Whether it counts on `day` at `point` (None: at no point in particular)."""
        return within(day, self.valid_from, self.valid_until) and (not self.points or point in self.points)


class Line(Dated):
    """One fact of a card."""

    kind: LineKind
    text: Names
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    basis: Basis = "source"
    source: str = Field(min_length=1)


class Handler(Dated):
    """Who handles a matter: a provider by id, or another body by name."""

    provider: str | None = None
    name: Names | None = None

    @model_validator(mode="after")
    def _either(self) -> "Handler":
        if (self.provider is None) == (self.name is None):
            msg = "a handler is either a provider or a name"
            raise ValueError(msg)
        return self


class Contact(Dated):
    """How advisors reach a provider: shown on every card that the provider handles."""

    provider: str
    text: Names
    basis: Basis = "source"
    source: str = Field(min_length=1)


class Matter(Dated):
    """One card."""

    id: str = Field(pattern=ID_PATTERN)
    names: Text
    words: dict[Language, SearchWords] = {}
    """What people call it, in any form of the word."""
    about: Text
    forms: Words = ()
    """Ids of the forms that start it."""
    handler: tuple[Handler, ...] = ()
    """None: as the file says."""
    line: tuple[Line, ...] = ()
    without: tuple[LineKind, ...] = ()
    """Lines of the file that do not count for it."""
    basis: Basis = "source"
    source: str = Field(min_length=1)


class MatterFile(Frozen):
    """One TOML file. Its handlers and lines count for each of its matters that has none of that kind."""

    handler: tuple[Handler, ...] = ()
    line: tuple[Line, ...] = ()
    contact: tuple[Contact, ...] = ()
    matter: tuple[Matter, ...] = Field(default=(), max_length=500)


@dataclass(frozen=True, slots=True)
class Matters:
    """All cards, by id and in the order of the files."""

    cards: Mapping[str, Matter]
    contacts: tuple[Contact, ...] = ()

    def on(self, day: date, point: str | None) -> list[Matter]:
        """The cards of `day` at `point`, each with only the handlers and lines that count then and there."""
        return [_of(card, day, point) for card in self.cards.values() if card.counts(day, point)]

    def contacts_of(self, providers: Sequence[str], day: date, point: str | None) -> list[Contact]:
        """How to reach `providers` on `day` from `point`."""
        return [contact for contact in self.contacts if contact.provider in providers and contact.counts(day, point)]


def _of(card: Matter, day: date, point: str | None) -> Matter:
    return card.model_copy(
        update={
            "handler": tuple(handler for handler in card.handler if handler.counts(day, point)),
            "line": tuple(line for line in card.line if line.counts(day, point)),
        }
    )


def load_matters(folders: Sequence[Path]) -> Matters:
    """The cards in `folders`; a card of a later folder takes the place of an earlier one with the same id.

    Raises BadFile: a wrong file, the same id twice in one folder, or too many files.
    """
    cards: dict[str, Matter] = {}
    contacts: list[Contact] = []
    for folder in folders:
        here: dict[str, Path] = {}
        for path, file in _files(folder):
            contacts += file.contact
            for card in file.matter:
                if card.id in here:
                    raise BadFile(path, f"matter {card.id} also stands in {here[card.id].name}", key=card.id)
                here[card.id] = path
                cards[card.id] = _whole(card, file)
    return Matters(cards, tuple(contacts))


def matter_files(folder: Path) -> list[Path]:
    """The files of cards in their order; what editors keep beside them is none."""
    return sorted(path for path in folder.glob("*.toml") if not path.name.startswith((".", "~")))


def _files(folder: Path) -> Iterator[tuple[Path, MatterFile]]:
    paths = matter_files(folder)
    if len(paths) > MOST_FILES:
        raise BadFile(folder, f"more than {MOST_FILES} files of matters")
    for path in paths:
        yield path, load_toml(path, MatterFile)


def _whole(card: Matter, file: MatterFile) -> Matter:
    """The card with what its file says for all: handlers unless it has its own, lines of kinds that it lacks."""
    has = {*card.without, *(line.kind for line in card.line)}
    lines = (*card.line, *(line for line in file.line if line.kind not in has))
    return card.model_copy(update={"handler": card.handler or file.handler, "line": lines})
