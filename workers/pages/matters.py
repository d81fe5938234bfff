"""Answers what a matter needs before any paper is scanned: the card, its forms, and what their rules ask for.

The cards are data (`routing_rules/MATTERS.md`); attachments and deadlines of a form come from its own rules, so that
they are written once. A form that no card names is found by its title all the same. Edited cards count at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from intake.base.errors import BadFile, NotFound
from intake.base.log import logger
from intake.base.settings import Matters as MattersAt
from intake.base.settings import Point
from intake.base.texts import Language, Text
from intake.check.attachments import attachment_kinds
from intake.forms.load import valid_on
from intake.forms.model import Definition
from routing_rules.matter_search import MatterIndex
from routing_rules.matters import BUILTIN, Handler, LineKind, Matter, Matters, load_matters, matter_files
from routing_rules.model import within
from routing_rules.providers import Provider

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class LinkView:
    """A sentence, with an address where it has one."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class BlankView:
    """A form that can be printed."""

    form: str
    edition: str
    language: str
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class CardView:
    """One matter in one language."""

    id: str
    name: str
    about: str
    handled_by: str
    warnings: tuple[LinkView, ...] = ()
    """Only by a visit, or no paper wanted."""
    bring: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    """What the form's rules ask for, where it applies."""
    deadlines: tuple[str, ...] = ()
    fees: tuple[str, ...] = ()
    eservices: tuple[LinkView, ...] = ()
    booking: tuple[LinkView, ...] = ()
    notes: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    """For advisors, not for the customer."""
    forms: tuple[BlankView, ...] = ()
    assumption: bool = False
    """Something on the card is not confirmed by a source."""
    sources: tuple[str, ...] = ()


def folders_of(settings: MattersAt) -> tuple[Path, ...]:
    """The folders of cards that the settings name, the shipped ones first."""
    return (*((BUILTIN,) if settings.builtin else ()), *settings.directories)


class MatterBook:
    """The cards of a point on its day, with the forms and the names of authorities that it knows."""

    def __init__(
        self,
        folders: Sequence[Path],
        definitions: Sequence[Definition],
        providers: Mapping[str, Provider],
        *,
        on: date,
        point: Point | None = None,
    ) -> None:
        """`on`: the day by which forms and cards count."""
        self._folders, self._definitions, self._providers = folders, valid_on(definitions, on), providers
        self._on, self._point = on, point.id if point else None
        self._stamp: Stamp | None = None
        self._matters = Matters({})
        self._cards: dict[str, Matter] = {}
        self._index = MatterIndex(())

    def find(self, query: str, language: Language) -> list[CardView]:
        """The matters that fit, the best first."""
        self._renew()
        return [self._view(card, language) for card in self._index.find(query, language)]

    def card(self, matter: str, language: Language) -> CardView:
        """One matter. Raises NotFound."""
        self._renew()
        if matter not in self._cards:
            raise NotFound(f"no matter {matter}; 'vireille matters find WORDS' lists some")
        return self._view(self._cards[matter], language)

    def card_of(self, form: str | None, language: Language) -> CardView | None:
        """The first matter that a form starts."""
        self._renew()
        found = next((card for card in self._cards.values() if form in card.forms), None)
        return self._view(found, language) if found else None

    def _renew(self) -> None:
        try:
            paths = [path for folder in self._folders for path in matter_files(folder)]
            stamp = tuple((str(path), (at := path.stat()).st_mtime_ns, at.st_size) for path in paths)
        except OSError:  # a file that an editor replaces this moment: the next look sees it
            stamp = None
        if stamp == self._stamp and self._cards:
            return
        try:
            self._matters = load_matters(self._folders)
        except BadFile as error:  # one wrong card takes nobody's counter away; 'doctor' and 'matters check' name it
            logger().warning("matters_refused", code=error.code)
            self._stamp = stamp
            if self._cards:
                return
            self._matters = load_matters((BUILTIN,))
        cards = self._matters.on(self._on, self._point)
        cards += [_card_of(definition) for definition in self._without_card(cards)]
        self._cards = {card.id: card for card in cards}
        self._index = MatterIndex(cards, {card.id: list(self._titles(card)) for card in cards})
        self._stamp = stamp

    def _without_card(self, cards: Sequence[Matter]) -> Iterator[Definition]:
        named = {form for card in cards for form in card.forms}
        for definition in self._definitions:
            if definition.form not in named:
                named.add(definition.form)
                yield definition

    def _titles(self, card: Matter) -> Iterator[str]:
        for definition in self._definitions:
            if definition.form in card.forms:
                code = _code(definition)
                yield from (*definition.titles.values(), code, code.replace(" ", ""), definition.form)

    def _view(self, card: Matter, language: Language) -> CardView:
        forms = [found for form in card.forms if (found := self._newest(form, language))]
        providers = [handler.provider for handler in card.handler if handler.provider]
        eservices = _links(card, "eservice", language)
        if not eservices:
            eservices = [LinkView(form.eservice.called(language), form.eservice.url) for form in forms if form.eservice]
        contacts = self._matters.contacts_of(providers, self._on, self._point)
        grounds = [(card.source, card.basis), *((line.source, line.basis) for line in card.line)]
        return CardView(
            id=card.id,
            name=card.names.in_language(language),
            about=card.about.in_language(language),
            handled_by=", ".join(dict.fromkeys(self._name(handler, language) for handler in card.handler)),
            warnings=(*_links(card, "in_person", language), *_links(card, "no_paper", language)),
            bring=_said(card, "bring", language),
            attachments=tuple(dict.fromkeys(self._attachments(forms, language))),
            deadlines=_said(card, "deadline", language),
            fees=_said(card, "fee", language),
            eservices=tuple(dict.fromkeys(eservices)),
            booking=tuple(_links(card, "booking", language)),
            notes=(*_said(card, "note", language), *dict.fromkeys(self._notes(forms, language))),
            contacts=tuple(contact.text.in_language(language) for contact in contacts),
            forms=tuple(_blank(form, language) for form in forms),
            assumption=any(basis == "assumption" for _, basis in grounds),
            sources=tuple(dict.fromkeys(source for source, _ in grounds)),
        )  # fmt: skip

    def _newest(self, form: str, language: str) -> Definition | None:
        """The newest edition in `language`, or in another one."""
        editions = [definition for definition in self._definitions if definition.form == form]
        return max(
            editions,
            key=lambda definition: (definition.language == language, str(definition.valid_from or "")),
            default=None,
        )

    def _name(self, handler: Handler, language: str) -> str:
        if handler.name:
            return handler.name.in_language(language)
        known = self._providers.get(handler.provider or "")
        return known.names.in_language(language) if known else str(handler.provider)

    def _attachments(self, forms: Sequence[Definition], language: str) -> Iterator[str]:
        names = {kind.id: kind.names.in_language(language) for kind in attachment_kinds()}
        for rule in (rule for form in forms for rule in form.rules if rule.kind == "attachment" and rule.attachment):
            if within(self._on, rule.valid_from, rule.valid_until):
                yield " / ".join(names.get(kind.strip(), kind) for kind in (rule.attachment or "").split("|"))

    def _notes(self, forms: Sequence[Definition], language: str) -> Iterator[str]:
        """What the forms say whatever is filled in: deadlines and where the paper goes."""
        for rule in (rule for form in forms for rule in form.rules if rule.kind == "note" and rule.when is None):
            if within(self._on, rule.valid_from, rule.valid_until):
                yield rule.text.in_language(language)


def _card_of(form: Definition) -> Matter:
    """A card for a form that none names."""
    title = form.titles.get("fi") or next(iter(form.titles.values()), form.form)
    names = Text(fi=title, sv=form.titles.get("sv", title), en=form.titles.get("en", title))
    return Matter.model_construct(
        id=form.form, names=names, about=Text(fi="", sv="", en=""), forms=(form.form,),
        handler=(Handler(provider=form.provider),), source=f"{_code(form) or title}, {form.edition}",
    )  # fmt: skip


def _links(card: Matter, kind: LineKind, language: str) -> list[LinkView]:
    return [LinkView(line.text.in_language(language), line.url or "") for line in card.line if line.kind == kind]


def _said(card: Matter, kind: LineKind, language: str) -> tuple[str, ...]:
    return tuple(link.text for link in _links(card, kind, language))


def _blank(form: Definition, language: str) -> BlankView:
    return BlankView(form.form, form.edition, form.language, _title(form, language), _code(form))


def _title(form: Definition, language: str) -> str:
    return form.titles.get(language) or form.titles.get(form.language) or form.form


def _code(form: Definition) -> str:
    return next((mark.text for mark in form.marks if mark.kind == "code"), "")


def problems_of(matters: Matters, forms: Sequence[Definition], providers: Mapping[str, Provider]) -> list[str]:
    """What a card names that does not exist: forms and authorities; one line each."""
    known, cards = {form.form for form in forms}, matters.cards.values()
    said = [f"matter {card.id}: no form {form}" for card in cards for form in card.forms if form not in known]
    handled = [(card.id, handler.provider) for card in cards for handler in card.handler if handler.provider]
    handled += [("contact", contact.provider) for contact in matters.contacts]
    return said + [f"matter {card}: no provider {provider}" for card, provider in handled if provider not in providers]
