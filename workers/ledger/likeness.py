"""Finds two scans of one paper (B-13): shown to a person, never joined by itself, never two people's forms.

A form that bears an identity code gets a keyed hash of form and code. Filings that share one are compared field by
field: a code that differs under the same key means another person; otherwise most of what both say must agree.
"""

import re
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, RowMapping, select

from intake.base.errors import Damaged
from intake.base.filing import Document
from intake.base.ids import keyed_id
from intake.base.states import State
from workers.ledger import stored
from workers.ledger.database import Ledger
from workers.ledger.scans import insert_once
from workers.ledger.schema import filings, likeness

_CODE = re.compile(r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d[-+A-FU-Y]\d{3}[0-9A-Z]|\d{7}-\d")
_ALIKE = 0.8
_FEWEST_FIELDS = 2
_MOST_COMPARED = 20


def note_tokens(connection: Connection, ledger: Ledger, filing: str, documents: tuple[Document, ...]) -> None:
    """Note who the filing's forms are for, as keyed hashes."""
    key = ledger.vault.derive("likeness")
    for document in documents:
        for field in document.fields.values():
            if document.form and field.value and _CODE.fullmatch(field.value):
                token = keyed_id(key, document.form, field.value)
                insert_once(connection, likeness, {"token": token, "filing": filing})


def likely_same(ledger: Ledger, filing: str) -> list[str]:
    """Ids of other filings that may be a scan of the same paper, newest first."""
    with ledger.read() as connection:
        row = connection.execute(select(filings).where(filings.c.id == filing)).mappings().first()
        if row is None:
            return []
        tokens = select(likeness.c.token).where(likeness.c.filing == filing)
        shared = select(likeness.c.filing).where(likeness.c.token.in_(tokens))
        others = (
            select(filings)
            .where(filings.c.id.in_(shared), filings.c.id != filing, filings.c.state != State.JOINED.value)
            .order_by(filings.c.seq.desc())
            .limit(_MOST_COMPARED)
        )
        mine = _values(ledger, row)
        rows = connection.execute(others).mappings()
        return [other["id"] for other in rows if _same_paper(mine, _values(ledger, other))]


def sharing(ledger: Ledger, some: Collection[str]) -> set[str]:
    """Ids of filings that share a token with one of `some`: one of them may be a scan of the same paper."""
    if not some:
        return set()
    tokens = select(likeness.c.token).where(likeness.c.filing.in_(some))
    with ledger.read() as connection:
        return set(connection.execute(select(likeness.c.filing).where(likeness.c.token.in_(tokens))).scalars())


def _values(ledger: Ledger, row: RowMapping) -> dict[str, str]:
    """Give what the filing's form says, by field; nothing where its sealed part is damaged."""
    try:
        documents = stored.private_of(ledger, row).documents
    except Damaged:
        return {}
    fields = documents[0].get("fields") if documents else None
    if not isinstance(fields, Mapping):
        return {}
    return {str(key): _words(str(field["value"])) for key, field in fields.items() if field.get("value")}


def _words(value: str) -> str:
    return " ".join(value.upper().split())


def _same_paper(mine: Mapping[str, str], other: Mapping[str, str]) -> bool:
    both = mine.keys() & other.keys()
    if any(mine[key] != other[key] for key in both if _CODE.fullmatch(mine[key]) and _CODE.fullmatch(other[key])):
        return False
    agree = sum(mine[key] == other[key] for key in both)
    return len(both) >= _FEWEST_FIELDS and agree >= _ALIKE * len(both)
