"""Keeps, for rules and figures, how a filing was judged and routed when its content is gone.

Plain rows without anything that leads to a person: no value, no name, no file name, no hash of the scan. They are
written in the transaction of the state change that they speak of, are never changed, and outlive the purge.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, RowMapping, ScalarSelect, Table, func, insert, select

from intake.base.clock import parse_iso
from intake.base.errors import NotFound
from intake.base.filing import Document, Kind
from intake.base.states import State
from intake.base.texts import Text
from workers.ledger.database import Ledger
from workers.ledger.schema import decisions, filings, judgements


@dataclass(frozen=True, slots=True)
class Gap:
    """A finding without its text: the code, the form's name of the field, whether it kept the filing from going."""

    code: str
    field: str | None
    blocks: bool
    kind: str | None = None
    """The field's kind; None: there is no field, or it was judged before this was kept."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A filing as it was judged once. None: not known, as the filing was purged before this was kept."""

    filing: str
    at: str
    """ISO 8601 UTC."""
    day: date
    """The day that counts for rules: of the hand-over, or the point's fixed one."""
    point: str | None
    municipality: str | None
    kind: str
    provider: str | None
    """The authority whose form it is."""
    form: str | None
    edition: str | None
    language: str | None
    verdict: str
    pages: int
    attachments: int | None
    eservice: bool | None
    """Whether the matter could have been handled online."""
    findings: tuple[Gap, ...] | None


@dataclass(frozen=True, slots=True)
class Decided:
    """The recipient of a filing, the rule and its words. `provider` None: a person must choose."""

    day: date
    provider: str | None
    unit: str | None
    rule: str | None
    words: Text | None
    version: str | None
    """The rule set's."""
    priority: str | None = None
    by_hand: bool = False
    """A person chose the recipient."""
    at: str = ""
    """ISO 8601 UTC; the ledger says when."""


@dataclass(frozen=True, slots=True)
class Known:
    """The newest of both; `decided` None while nothing was decided."""

    judged: Judged
    decided: Decided | None


def judged_of(ledger: Ledger, filing: str, documents: Sequence[Document], handed_over: str) -> Judged:
    """The facts kept of `documents`, as they were judged at this point."""
    first, here = documents[0], ledger.here
    return Judged(
        filing=filing, at=ledger.now(), day=here.as_of or parse_iso(handed_over).date(),
        point=here.point, municipality=here.municipality,
        kind=first.kind.value, provider=first.provider, form=first.form, edition=first.edition,
        language=first.language, verdict=first.verdict.value,
        pages=sum(len(document.pages) for document in documents),
        attachments=attachments_of(documents),
        eservice=first.eservice is not None,
        findings=tuple(gaps_of(documents)),
    )  # fmt: skip


def gaps_of(documents: Sequence[Document]) -> Iterator[Gap]:
    """The findings of all documents without their texts."""
    for document in documents:
        for finding in document.findings:
            reading = document.fields.get(finding.field or "")
            yield Gap(finding.code, finding.field, finding.blocks, None if reading is None else reading.kind)


def attachments_of(documents: Sequence[Document]) -> int:
    """How many attachments lie behind the first document."""
    return sum(document.kind is Kind.ATTACHMENT for document in documents[1:])


def note_judged(connection: Connection, judged: Judged) -> None:
    """Keep how a filing was judged."""
    kept: dict[str, object] = asdict(judged)
    if judged.findings is not None:
        gaps = [[gap.code, gap.field, gap.blocks, gap.kind] for gap in judged.findings]
        kept["findings"] = json.dumps(gaps, ensure_ascii=False)
    _append(connection, judgements, judged.filing, kept | {"day": judged.day.isoformat()})


def note_decided(connection: Connection, ledger: Ledger, filing: str, decided: Decided) -> None:
    """Keep where a filing was sent, or that a person must choose."""
    words = None if decided.words is None else decided.words.model_dump_json()
    kept = {**asdict(decided), "words": words, "day": decided.day.isoformat(), "at": decided.at or ledger.now()}
    _append(connection, decisions, filing, kept)


def _append(connection: Connection, table: Table, filing: str, values: dict[str, object]) -> None:
    last = select(func.coalesce(func.max(table.c.number), 0)).where(table.c.filing == filing)
    number = connection.execute(last).scalar_one() + 1
    connection.execute(insert(table).values(**values | {"filing": filing, "number": number}))


def known(ledger: Ledger, filing: str) -> Known:
    """The facts kept of one filing. Raises NotFound: there is none, or it has not been judged yet."""
    with ledger.read() as connection:
        found = next(_known(connection, filing), None)
        if found is not None:
            return found
        there = connection.execute(select(filings.c.seq).where(filings.c.id == filing)).first()
    raise NotFound(f"no filing {filing}" if there is None else f"filing {filing} has not been judged yet")


def released_from_hold(ledger: Ledger, filing: str, rule: str) -> bool:
    """Whether `rule` has held the filing as it was judged last: it is at work again because a person let it go."""
    found = known(ledger, filing)
    held = found.decided
    return held is not None and held.provider is None and held.rule == rule and held.at >= found.judged.at


def all_known(ledger: Ledger) -> list[Known]:
    """The facts kept of every paper that was judged, oldest first.

    A scan that was joined to another is the same paper; one that was destroyed before it was sent went nowhere.
    """
    with ledger.read() as connection:
        return list(_known(connection))


def _known(connection: Connection, filing: str | None = None) -> Iterator[Known]:
    """By the keys of both tables: a join of what was grouped first took SQLite minutes for a hundred thousand."""
    same = (decisions.c.filing == judgements.c.filing) & (decisions.c.number == _newest(decisions))
    wanted = (
        select(judgements, *(column.label(f"{_D}{column.name}") for column in decisions.c))
        .select_from(filings)
        .join(judgements, (judgements.c.filing == filings.c.id) & (judgements.c.number == _newest(judgements)))
        .outerjoin(decisions, same)
        .order_by(filings.c.seq)
    )
    if filing is None:
        went = (filings.c.state != State.PURGED.value) | decisions.c.filing.is_not(None)
        wanted = wanted.where(filings.c.joined_to.is_(None), went)
    else:
        wanted = wanted.where(filings.c.id == filing)
    for row in connection.execute(wanted).mappings():
        yield Known(_judged(row), _decided(row))


def _newest(table: Table) -> ScalarSelect[int]:
    """The number of the filing's newest row."""
    other = table.alias()
    return select(func.max(other.c.number)).where(other.c.filing == filings.c.id).correlate(filings).scalar_subquery()


_JUDGED = (
    "at", "point", "municipality", "kind", "provider", "form", "edition", "language", "verdict", "pages",
    "attachments", "eservice", "findings",
)  # fmt: skip
_DECIDED = ("at", "provider", "unit", "rule", "version", "priority", "by_hand")
_D = "decided_"


def _judged(row: RowMapping) -> Judged:
    kept = {name: row[name] for name in _JUDGED}
    if kept["findings"] is not None:
        kept["findings"] = tuple(Gap(*gap) for gap in json.loads(kept["findings"]))
    return Judged(filing=row["filing"], day=date.fromisoformat(row["day"]), **kept)


def _decided(row: RowMapping) -> Decided | None:
    if row[f"{_D}filing"] is None:
        return None
    words = row[f"{_D}words"]
    return Decided(
        day=date.fromisoformat(row[f"{_D}day"]),
        words=None if words is None else Text.model_validate_json(words),
        **{name: row[f"{_D}{name}"] for name in _DECIDED},
    )
