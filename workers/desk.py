"""The counter page's view of this point: the ledger, the pictures, and what is wrong right now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from pydantic import TypeAdapter

from intake.base.clock import parse_iso
from intake.base.errors import REFUSALS, NotFound
from intake.base.settings import Point
from intake.base.texts import Language, Text
from intake.check import notes
from intake.console.entries import ArrivingEntry, DeskEntry, DeskList, RefusedEntry
from intake.console.matters import Matter, matters
from intake.filing import Document
from intake.forms.load import valid_on
from intake.forms.model import Definition
from intake.ledger import Ledger, Person
from intake.ledger.blobs import Blobs
from intake.ledger.desk import SENT_BY_POST
from intake.ledger.recent import Entry, entry, recent
from intake.states import State
from routing_rules.providers import Provider
from workers import sheets
from workers.health import Health
from workers.sheets import SheetFacts


@dataclass(frozen=True, slots=True)
class World:
    """Names for what the ledger knows by id."""

    point: Point
    providers: Mapping[str, Provider]
    definitions: tuple[Definition, ...]
    on: date
    """The day by which forms count."""


_DOCUMENTS = TypeAdapter(tuple[Document, ...])
_PICTURES = TypeAdapter(dict[int, str])
_BESIDE = TypeAdapter(tuple[str, ...])


class PointDesk:
    """Answers the page from the ledger; writes only an advisor's decisions."""

    def __init__(self, ledger: Ledger, blobs: Blobs, world: World, health: Health) -> None:
        """`world` gives names: of the point, the providers and the forms."""
        self._ledger, self._blobs, self._world, self._health = ledger, blobs, world, health
        self._named = {(one.form, one.edition, one.language): one for one in world.definitions}

    def entries(self, limit: int) -> DeskList:
        """The newest filings, refused scans and files still arriving."""
        found = recent(self._ledger.database, limit)
        return DeskList(
            filings=tuple(self._entry(one) for one in found.filings),
            refused=tuple(_refused(row) for row in found.refused),
            arriving=tuple(ArrivingEntry(str(row["scanner"]), int(str(row["bytes"]))) for row in found.arriving),
        )

    def entry(self, filing: str) -> DeskEntry:
        """One filing with its moves. Raises NotFound."""
        same = tuple(self._ledger.likely_same(filing))
        return replace(self._entry(entry(self._ledger.database, filing)), likely_same=same)

    def matters(self, language: Language, query: str) -> list[Matter]:
        """Forms of today that have all words of `query`."""
        names = {one.id: one.names.in_language(language) for one in self._world.providers.values()}
        return matters(valid_on(self._world.definitions, self._world.on), language, query, names)

    def blank(self, form: str, edition: str, language: str) -> bytes:
        """A form's blank PDF. Raises NotFound."""
        definition = self._named.get((form, edition, language))
        if definition is None:
            raise NotFound("no such form")
        return definition.blank.read_bytes()

    def picture(self, filing: str, page: int) -> bytes:
        """A JPEG of one page, upright. Raises NotFound."""
        blob = self.entry(filing).pictures.get(page)
        if blob is None or not self._blobs.has(blob):
            raise NotFound("no picture of this page")
        return self._blobs.read(blob)

    def receipt(self, filing: str, language: Language) -> bytes:
        """The customer's receipt as a PDF. Raises NotFound."""
        return sheets.receipt(self._facts(filing), language)

    def cover(self, filing: str, language: Language, advisor: str | None) -> bytes:
        """The cover sheet for the post; from now on the filing is not delivered unasked. Raises NotFound, WrongUse."""
        sheet = sheets.cover(self._facts(filing), language)
        person = Person(advisor=advisor, reason="goes by post")
        self._ledger.hold_by_person(filing, person, code=SENT_BY_POST)
        return sheet

    def _facts(self, filing: str) -> SheetFacts:
        found = self.entry(filing)
        arrived = [at for at, state in found.moves if state is State.CONFIRMED]
        provider = self._world.providers.get(found.provider or "")
        unit = provider.unit(found.unit) if provider and found.unit else None
        return SheetFacts(
            code=found.id,
            point=self._world.point.name,
            pages=sum(len(document.pages) for document in found.documents),
            handed_over=found.handed_over,
            form=found.titles,
            recipient=unit.names if unit else provider.names if provider else None,
            arrived=arrived[-1] if arrived else None,
        )

    def release(self, filing: str, person: Person) -> None:
        """The advisor lets it go."""
        self._ledger.release(filing, person)

    def hold(self, filing: str, person: Person) -> None:
        """The advisor keeps it or takes it back."""
        self._ledger.hold_by_person(filing, person)

    def changes(self, since: int) -> tuple[int, list[str], str | None]:
        """The newest event, the filings changed after `since`, and what is wrong now, if anything."""
        changed = self._ledger.changes_since(since) if since else []
        newest = changed[-1].event if changed else max(since, self._ledger.last_event())
        return newest, sorted({one.filing for one in changed}), self._health.notice()

    def _entry(self, one: Entry) -> DeskEntry:
        row = {name: None if one.row[name] is None else str(one.row[name]) for name in _PLAIN}
        definition = self._named.get((row["form"] or "", row["edition"] or "", row["language"] or ""))
        sizes = enumerate(definition.pages, start=1) if definition else ()
        return DeskEntry(
            id=str(one.row["id"]),
            version=int(str(one.row["version"])),
            state=State(str(one.row["state"])),
            handed_over=parse_iso(one.handed_over),
            documents=_DOCUMENTS.validate_python(one.private.documents),
            pictures=_PICTURES.validate_python(one.private.facts.get("pictures", {})),
            titles=definition.titles if definition else {},
            page_sizes_mm={number: (page.width_mm, page.height_mm) for number, page in sizes},
            notes=notes(definition, self._world.on, beside=_BESIDE.validate_python(one.private.facts.get("beside", ())))
            if definition
            else (),
            moves=tuple((parse_iso(at), State(state)) for at, state in one.moves),
            kind=row["kind"],
            form=row["form"],
            edition=row["edition"],
            language=row["language"],
            provider=row["provider"],
            unit=row["unit"],
            verdict=row["verdict"],
            damaged=one.damaged,
        )


_PLAIN = ("kind", "form", "edition", "language", "provider", "unit", "verdict")


def _refused(row: Mapping[str, object]) -> RefusedEntry:
    code = str(row["code"])
    text = REFUSALS.get(code) or Text(fi=code, sv=code, en=code)
    return RefusedEntry(str(row["scanner"]), parse_iso(str(row["at"])), text)
