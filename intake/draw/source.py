"""The source file of a form: sections, rows, fields, texts and rules, written once in both languages.

One source gives, for each of its editions, a blank and a definition in Finnish and in Swedish. A row is a list of
fields that share the width of the page in proportion to `w`. Keys and options are the same in both languages.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field as Default

from intake.base.filing import EService, Frozen
from intake.base.texts import Text
from intake.base.toml import load_toml
from intake.forms.model import FieldKind, Role, ValueKind

LANGUAGES = ("fi", "sv")
Basis = Literal["source", "law_or_rule", "assumption"]


class Pair(Frozen):
    """A printed text in the two languages of the forms."""

    fi: str = ""
    sv: str = ""

    def of(self, language: str) -> str:
        """The text in `language`."""
        return self.sv if language == "sv" else self.fi


class Choice(Pair):
    """One option of a radio group."""

    id: str


class SourceField(Pair):
    """One field: its key, its labels (`fi`, `sv`) and how it is drawn."""

    key: str = ""
    """Empty: printed words only."""
    kind: FieldKind = "text"
    value: ValueKind | None = None
    role: Role | None = None
    w: float = 1
    """Its share of the row's width."""
    h: float | None = None
    """Height in millimetres where the usual one does not do."""
    cells: int | None = None
    options: tuple[Choice, ...] = ()
    columns: int | None = None
    """Options side by side; default: all of them."""
    req: Basis | None = None
    """Required, and on what basis; None: not required."""
    office: bool = False
    editions: tuple[str, ...] = ()
    """Only in these editions; default: all."""
    heading: Pair = Pair()
    """The section's heading: its name where it has no label of its own. Filled in, never written in a source."""
    beside: Pair = Pair()
    """The printed words or the tick that it belongs to in its row. Filled in."""
    before: Pair = Pair()
    """The label of the field before it in its row. Filled in."""

    def name(self, language: str) -> str:
        """The field's name: its label, else its section's heading without the number."""
        return self.of(language) or self.heading.of(language).lstrip("0123456789. ") or self.key


class Section(Pair):
    """A headed part of a page; `fi`, `sv` are its heading."""

    page: int = 0
    """1-based; 0: the same page as the section before."""
    note: Pair = Pair()
    rows: tuple[tuple[SourceField, ...], ...] = ()
    repeat: int = 1
    """How often the last row is printed; keys of the second and later ones end in `_2`, `_3`, ..."""
    office: bool = False
    editions: tuple[str, ...] = ()


class Edition(Frozen):
    """One edition of the form."""

    id: str
    mark: Pair
    """The printed edition mark, such as `SV 4 09.14`."""
    valid_from: date | None = None
    valid_until: date | None = None
    eservice: EService | None = None
    """Where this edition differs from the form."""
    advice: Pair = Pair()
    """The box of advice, where this edition says something else."""


class SourceRule(Frozen):
    """A rule as in `intake.forms.model.Rule`; without `text` it is worded from its fields' labels."""

    id: str
    kind: str
    when: str | None = None
    fields: tuple[str, ...] = ()
    attachment: str | None = None
    value: str | None = None
    text: Text | None = None
    basis: Basis
    source: str
    valid_from: date | None = None
    valid_until: date | None = None
    editions: tuple[str, ...] = ()


class Source(Frozen):
    """A form's source file."""

    provider: str
    form: str
    style: str
    code: Pair = Pair()
    """The printed code in each language; empty where the real form carries none."""
    titles: Text
    heading: Pair = Pair()
    """The line over the title."""
    advice: Pair = Pair()
    """The short box of advice at the top of the first page."""
    mandatory: Literal["inferred", "seen"] = "inferred"
    """Whether the field list was seen in a source or is inferred; see the comments at the fields."""
    editions: tuple[Edition, ...] = Default(alias="edition", min_length=1)
    sections: tuple[Section, ...] = Default(alias="section", min_length=1)
    rules: tuple[SourceRule, ...] = Default(alias="rule", default=())
    eservice: EService | None = None
    facts: str = ""
    """Where the facts come from: addresses of the public pages."""


def load_source(path: Path) -> Source:
    """The source file at `path`. Raises BadFile naming file, line and key."""
    return load_toml(path, Source)


def in_edition(only: tuple[str, ...], edition: str) -> bool:
    """Whether something marked with `only` belongs to `edition`."""
    return not only or edition in only


def pages_of(source: Source, edition: str) -> tuple[tuple[Section, ...], ...]:
    """The sections of each page, as this edition has them."""
    pages: list[list[Section]] = [[]]
    for section in source.sections:
        while section.page > len(pages):
            pages.append([])
        if in_edition(section.editions, edition):
            pages[-1].append(section.model_copy(update={"rows": _rows(section, edition)}))
    return tuple(tuple(page) for page in pages)


def _rows(section: Section, edition: str) -> tuple[tuple[SourceField, ...], ...]:
    """Rows of `section` in `edition`, the last one repeated under numbered keys."""
    heading = Pair(fi=section.fi, sv=section.sv)
    rows = [
        tuple(_in_place([field for field in row if in_edition(field.editions, edition)], heading))
        for row in section.rows
    ]
    rows = [row for row in rows if row]
    if not rows or section.repeat == 1:
        return tuple(rows)
    last = rows[-1]
    for number in range(2, section.repeat + 1):
        rows.append(tuple(_further(field, number) for field in last))
    return tuple(rows)


def _in_place(row: list[SourceField], heading: Pair) -> Iterator[SourceField]:
    """The fields of a row with what stands over and before them."""
    beside = before = Pair()
    for field in row:
        belongs = Pair() if field.kind == "check" else beside
        yield field.model_copy(update={"heading": heading, "beside": belongs, "before": before})
        before = Pair(fi=field.fi, sv=field.sv)
        if not field.key or field.kind == "check":
            beside = before


def _further(field: SourceField, number: int) -> SourceField:
    """The same field in the `number`th row: nothing there is required, and who stands there is a further person."""
    role = f"other_{field.role}" if field.role in ("person_name", "person_id") else field.role
    names = {language: f"{field.of(language)} ({number})" for language in LANGUAGES if field.of(language)}
    return field.model_copy(update={"key": f"{field.key}_{number}", "req": None, "role": role, **names})
