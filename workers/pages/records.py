"""Turns the ledger's rows into the page's records: names for ids, people's words opened, corrections laid over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from intake.base.clock import parse_iso
from intake.base.errors import REFUSALS
from intake.base.filing import Document
from intake.base.reasons import reason_text
from intake.base.settings import Point
from intake.base.states import State
from intake.base.texts import Text
from intake.check import notes
from intake.forms.model import Definition
from routing_rules.matters import BUILTIN as MATTERS
from routing_rules.providers import Provider
from workers.facts import NAMED_FORM, Choice, arranged, corrections_in, laid_over
from workers.ledger.recent import Entry, Happened
from workers.pages.entries import DECIDABLE, Decided, DeskEntry, DeskRecipient, RefusedEntry
from workers.pages.values import read_values
from workers.pages.who import who


@dataclass(frozen=True, slots=True)
class World:
    """Names for what the ledger knows by id."""

    point: Point
    providers: Mapping[str, Provider]
    definitions: tuple[Definition, ...]
    on: date
    """The day by which forms count."""
    matters: tuple[Path, ...] = (MATTERS,)
    """The folders of matters."""


MOST_KEPT = 300
"""Records of filings that are kept in memory: all that lists show."""
MOST_ALIKE = 6
WHY = "why on paper"
UNSHOWN = {WHY, "viewed", "judged again"}
"""What people did that the filing's page does not list."""
_DOCUMENTS = TypeAdapter(tuple[Document, ...])
_PLAIN = ("kind", "form", "edition", "language", "provider", "unit", "verdict", "reason", "joined_to")


class _Returned(BaseModel):
    """Of a receipt: what the authority wrote."""

    reason: str | None = None
    note: str | None = None
    unit: str | None = None
    """Where it belongs, if the office knows."""


class _Known(BaseModel):
    """Of a filing's facts: what the page shows."""

    pictures: dict[int, str] = {}
    beside: tuple[str, ...] = ()
    cut_out: tuple[int, ...] = ()
    chosen: Choice | None = None
    receipt: _Returned | None = None
    read_further: bool = False


class Records:
    """The page's records of this point's papers."""

    def __init__(self, world: World) -> None:
        """`world` gives names: of the point, the providers and the forms."""
        self.world = world
        self._kept: dict[object, tuple[object, DeskEntry]] = {}
        self._named = {(form.form, form.edition, form.language): form for form in world.definitions}

    def definition(self, form: str | None, edition: str | None, language: str | None) -> Definition | None:
        """The form of that name."""
        return self._named.get((form or "", edition or "", language or ""))

    def forms_of_the_day(self, alike: Sequence[Definition]) -> tuple[list[Definition], list[Definition]]:
        """The day's forms of which `alike` has the likeliest first, and the others by authority."""
        every = [form for form in self.world.definitions if form.valid_on(self.world.on)]
        names = {(form.form, form.edition, form.language) for form in every}
        likely = [form for form in alike if (form.form, form.edition, form.language) in names][:MOST_ALIKE]
        known = {(form.form, form.edition, form.language) for form in likely}
        others = (form for form in every if (form.form, form.edition, form.language) not in known)
        return likely, sorted(others, key=lambda form: (form.provider, form.form, form.language))

    def entry(self, entry: Entry) -> DeskEntry:
        """The record of one filing; one of a list is made once for as long as its row stays as it is."""
        if entry.happened:
            return self._entry(entry)
        row = (entry.row, entry.handed_over, entry.part, entry.again)
        before, kept = self._kept.get(entry.row["id"], (None, None))
        if kept is not None and before == row:
            return kept
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        made = self._entry(entry)
        self._kept[entry.row["id"]] = (row, made)
        return made

    def _entry(self, entry: Entry) -> DeskEntry:
        row = {name: None if entry.row[name] is None else str(entry.row[name]) for name in _PLAIN}
        state, facts = State(str(entry.row["state"])), _Known.model_validate(entry.private.facts)
        definition = self.definition(row["form"], row["edition"], row["language"])
        corrections, laid = corrections_in(entry.private.facts), arranged(entry.private.facts)
        first, *others = _DOCUMENTS.validate_python(entry.private.documents) or (None,)
        if first is not None:
            first = first.model_copy(update={"fields": laid_over(first.fields, corrections)})
        by_people = [event for event in entry.happened if event.actor == "advisor"]
        sizes = enumerate(definition.pages, start=1) if definition else ()
        return DeskEntry(
            id=str(entry.row["id"]),
            version=int(str(entry.row["version"])),
            state=state,
            since=parse_iso(str(entry.row["since"])),
            reason=row["reason"],
            why=self._why(state, row["reason"], row["provider"], facts.receipt),
            sentence=_sentence(entry.happened, state),
            note=facts.receipt.note if facts.receipt and state in DECIDABLE else None,
            belongs=self._belongs(row["provider"], facts.receipt) if state is State.RETURNED else None,
            turns=laid.turns,
            order=laid.order,
            cut_out=facts.cut_out,
            again=parse_iso(entry.again) if entry.again else None,
            recipient=self._named_recipient(row["provider"], row["unit"]),
            contact=self._contact(row["provider"], row["unit"]),
            chosen=facts.chosen is not None,
            form_by_person=NAMED_FORM in entry.private.facts,
            why_on_paper=next((event.code or "" for event in reversed(entry.happened) if event.what == WHY), ""),
            people=tuple(_decided(event) for event in by_people if event.what not in UNSHOWN),
            identity=next(
                (str(e.private.get("identity", "")) for e in reversed(by_people) if e.what == "released"), ""
            ),
            handed_over=parse_iso(entry.handed_over),
            scanner=str(entry.row["scanner"]),
            part=entry.part,
            who=who(first, definition),
            documents=(first, *others) if first else (),
            values=read_values(first, definition, corrections),
            reading=definition is not None and state in DECIDABLE and not facts.read_further,
            pictures=facts.pictures,
            titles=definition.titles if definition else {},
            page_sizes_mm={number: (page.width_mm, page.height_mm) for number, page in sizes},
            notes=notes(definition, self.world.on, beside=facts.beside) if definition else (),
            moves=tuple((parse_iso(event.at), State(event.state)) for event in entry.happened if event.state),
            kind=row["kind"],
            form=row["form"],
            edition=row["edition"],
            language=row["language"],
            provider=row["provider"],
            unit=row["unit"],
            verdict=row["verdict"],
            joined_to=row["joined_to"],
            damaged=entry.damaged,
        )

    def _why(self, state: State, reason: str | None, provider: str | None, receipt: _Returned | None) -> Text | None:
        """The reason in words; of a returned paper with the unit where it belongs, as the office previewed it."""
        text = reason_text(state.value, reason)
        authority = self.world.providers.get(provider or "")
        unit = authority.unit(receipt.unit) if authority and receipt and receipt.unit else None
        if text is None or unit is None or state is not State.RETURNED:
            return text
        names = unit.names
        return Text(fi=f"{text.fi} → {names.fi}", sv=f"{text.sv} → {names.sv}", en=f"{text.en} → {names.en}")

    def _belongs(self, provider: str | None, receipt: _Returned | None) -> DeskRecipient | None:
        """The other unit of the same authority to which it belongs, as the office said."""
        authority = self.world.providers.get(provider or "")
        if authority is None or receipt is None or receipt.reason != "wrong_unit" or not receipt.unit:
            return None
        unit = authority.unit(receipt.unit)
        return DeskRecipient(authority.id, unit.id, authority.names, unit.names) if unit else None

    def _contact(self, provider: str | None, unit: str | None) -> str:
        """The unit's, else the authority's."""
        authority = self.world.providers.get(provider or "")
        part = authority.unit(unit) if authority and unit else None
        known = (part and part.contact) or (authority and authority.contact)
        return known.line if known else ""

    def _named_recipient(self, provider: str | None, unit: str | None) -> Text | None:
        """The unit's name, or the authority's; as the filing has it where the provider files have none."""
        authority = self.world.providers.get(provider or "")
        if authority is None:
            return Text(fi=provider, sv=provider, en=provider) if provider else None
        part = authority.unit(unit) if unit else None
        return part.names if part else authority.names


def _sentence(happened: Sequence[Happened], state: State) -> Text | None:
    """What was said when the filing came to its present state."""
    last = next((event for event in reversed(happened) if event.state == state.value), None)
    said = last.private.get("sentence") if last else None
    return Text.model_validate(said) if said else None


def _decided(event: Happened) -> Decided:
    said = {name: str(event.private.get(name, "")) for name in ("advisor", "reason", "identity", "contact")}
    return Decided(at=parse_iso(event.at), what=event.what, code=event.code, **said)


def refused_entry(row: Mapping[str, object]) -> RefusedEntry:
    """The record of a file that could not be taken or opened."""
    code = str(row["code"])
    text = REFUSALS.get(code) or Text(fi=code, sv=code, en=code)
    number, at = int(str(row["id"])), parse_iso(str(row["at"]))
    return RefusedEntry(number, str(row["scanner"]), at, text, dismissed=row["dismissed"] is not None)
