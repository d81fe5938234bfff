"""Joins papers that belong together, as a person says: a re-scan takes another's place, or pages join another filing.

Both papers are kept and one filing goes on. `part` undoes either; pages can be moved only while the filing that has
them has not been sealed. A filing whose pages have changed is read and judged again.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, func, select, update

from intake.base.errors import WrongUse
from intake.base.filing import Document, Kind
from intake.base.states import State
from workers.ledger import stored
from workers.ledger.audit import Event, record
from workers.ledger.database import Ledger
from workers.ledger.people import Person, change, row_of, seen
from workers.ledger.schema import events, filing_pages, filings, scans
from workers.ledger.stored import Changes
from workers.ledger.vault import Json

ATTACHED = "attachment"
TAKEN_OUT = "taken out"
_HERE = {
    State.RECOGNISED, State.READ, State.CHECKED, State.WAITING, State.READY, State.ROUTED, State.RETURNED,
}  # fmt: skip
"""Known what it is, and not sealed or back again: pages can come and go."""
_UNJUDGED = {State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ}
_LAST = 1_000_000
"""More than any page's number: what is added comes after what is there."""


def join(ledger: Ledger, filing: str, into: str, person: Person) -> None:
    """B-13: a person says that `filing` is the same paper as `into`: both are kept, only `into` goes on."""
    with ledger.write() as connection:
        row = seen(connection, ledger, filing, person)
        _other(connection, filing, into)
        _join(connection, ledger, row, person, {"joined_to": into, "reason": "same_paper"})


def attach(ledger: Ledger, filing: str, into: str, person: Person) -> None:
    """The pages of `filing` become an attachment of `into`, which is judged again. Raises NotFound, WrongUse."""
    with ledger.write() as connection:
        _attach(connection, ledger, seen(connection, ledger, filing, person), into, person)


def _attach(connection: Connection, ledger: Ledger, row: RowMapping, into: str, person: Person) -> None:
    filing = row["id"]
    target = _other(connection, filing, into)
    _must_be_here(target)
    if row["kind"] is None:
        raise WrongUse(f"{filing} has not been read yet; wait a moment", code="illegal_change")
    if row["place"] != target["place"]:
        raise WrongUse(f"the pages of {filing} lie on another machine than those of {into}", code="illegal_change")
    fits = target["kind"] == Kind.FORM.value and target["scan"] != row["scan"]
    fits = fits or _taken_from(connection, filing) == into
    if row["kind"] == Kind.FORM.value and not fits:
        msg = f"{filing} is a form: it can be added only to a form of another scan; join it the other way round"
        raise WrongUse(msg, code="illegal_change")
    lent = Changes(facts={"lent": _lend(connection, row, target)})
    values = stored.values_of(connection, ledger, filing, lent) | {"joined_to": into, "reason": ATTACHED}
    _join(connection, ledger, row, person, values)
    _judge_again(connection, ledger, target, person)


def arrange(ledger: Ledger, filing: str, person: Person, arrangement: Json) -> int:
    """A person orders and turns the pages, which are read and judged again so; returns the version that this made.

    Raises NotFound, Stale, WrongUse.
    """
    with ledger.write() as connection:
        row = seen(connection, ledger, filing, person)
        _must_be_here(row)
        values = stored.values_of(connection, ledger, filing, Changes(facts=arrangement, reason=row["reason"]))
        connection.execute(update(filings).where(filings.c.id == filing).values(**values))
        record(connection, ledger, Event("arranged", "advisor", filing, private=person.private()))
        return _judge_again(connection, ledger, row, person)


def take_out(
    ledger: Ledger, filing: str, pages: Sequence[int], person: Person, arrangement: Json, into: str = ""
) -> tuple[int, str]:
    """Some pages become a filing of their own, which a person ends; both are judged anew.

    Returns the version that this made of the filing that keeps the others, and the new one's id.

    With `into` the new one joins that filing at once, or nothing happens. `attach` puts them back. Raises NotFound,
    Stale, WrongUse: no page would be left of the form, or of the filing.
    """
    with ledger.write() as connection:
        row = seen(connection, ledger, filing, person)
        _must_be_here(row)
        private = stored.private_of(ledger, row)
        first = [Document.model_validate(document) for document in private.documents[:1]]
        of_form = {page.source_page for document in first for page in document.pages}
        have, out = set(stored.pages_of(connection, filing)), set(pages)
        if not out or not out < have or not of_form - out:
            raise WrongUse("some page of the form must stay; take out the others", code="illegal_pages")
        named = {}
        if row["kind"] == Kind.FORM.value and out <= of_form:
            named = {name: row[name] for name in ("provider", "form", "edition", "language")}
        kind = Kind.FORM if named else Kind.UNKNOWN
        values = stored.values_of(connection, ledger, filing, Changes(facts=arrangement, reason=row["reason"]))
        connection.execute(update(filings).where(filings.c.id == filing).values(**values))
        part = Changes(pages=tuple(sorted(out)), kind=kind, facts=arrangement, **named)
        new = stored.sibling(connection, ledger, filing, State.RECOGNISED, part)
        event = Event(TAKEN_OUT, "advisor", new, state=State.RECOGNISED.value, code=filing, private=person.private())
        record(connection, ledger, event)
        version = _judge_again(connection, ledger, row, person)
        if into:
            _attach(connection, ledger, row_of(connection, new), into, person)
        return version, new


def taken_from(ledger: Ledger, filing: str) -> str | None:
    """The filing that a person took these pages out of."""
    with ledger.read() as connection:
        return _taken_from(connection, filing)


def _taken_from(connection: Connection, filing: str) -> str | None:
    out = select(events.c.code).where(events.c.filing == filing, events.c.what == TAKEN_OUT)
    return connection.execute(out.limit(1)).scalar()


def part(ledger: Ledger, filing: str, person: Person) -> None:
    """Undo a join: the filing waits for the advisor again, its own pages with it. Raises NotFound, Stale, WrongUse."""
    with ledger.write() as connection:
        row = seen(connection, ledger, filing, person)
        if row["state"] != State.JOINED.value:
            raise WrongUse(f"{filing} is not joined to another filing", code="illegal_change")
        if row["reason"] == ATTACHED:
            target = row_of(connection, row["joined_to"])
            _must_be_here(target)
            _take_back(connection, ledger, row, target)
            _judge_again(connection, ledger, target, person)
        change(connection, ledger, row, State.WAITING, {"joined_to": None, "held_from": None, "reason": "parted"})
        record(connection, ledger, _event("parted", row, State.WAITING, person))
        before = _joined_from(connection, row)
        if before in _UNJUDGED:
            _walk_from(connection, ledger, row_of(connection, filing), before, person)


def joined_to(ledger: Ledger, filing: str) -> list[str]:
    """The filings that were joined to this one and can be parted from it, newest first."""
    joined = (filings.c.joined_to == filing) & (filings.c.state == State.JOINED.value)
    with ledger.read() as connection:
        return list(connection.execute(select(filings.c.id).where(joined).order_by(filings.c.seq.desc())).scalars())


def _joined_from(connection: Connection, row: RowMapping) -> State:
    """Where the filing stood on its walk when it was joined, by a person or since its scan grew."""
    joins = select(events.c.start).where(events.c.filing == row["id"], events.c.what == "joined")
    last = connection.execute(joins.order_by(events.c.id.desc()).limit(1)).scalar_one()
    return State(row["held_from"] or last)


def _other(connection: Connection, filing: str, into: str) -> RowMapping:
    """The filing to join to, which must go on itself."""
    if filing == into:
        raise WrongUse("a filing cannot be joined to itself")
    other = row_of(connection, into)
    if other["state"] in {State.JOINED.value, State.PURGED.value}:
        raise WrongUse(f"{into} goes nowhere itself: it is {other['state']}", code="illegal_change")
    return other


def _must_be_here(row: RowMapping) -> None:
    state = State(row["held_from"] or row["state"])
    if state not in _HERE:
        msg = f"the pages of {row['id']} cannot change: it is not recognised yet, or has gone ({row['state']})"
        raise WrongUse(msg, code="illegal_change")


def _join(connection: Connection, ledger: Ledger, row: RowMapping, person: Person, values: dict[str, object]) -> None:
    change(connection, ledger, row, State.JOINED, values)
    record(connection, ledger, _event("joined", row, State.JOINED, person, str(values["joined_to"])))


def _lend(connection: Connection, row: RowMapping, target: RowMapping) -> list[list[object]]:
    """Give the pages to the target; returns where each was."""
    pages = connection.execute(select(filing_pages).where(filing_pages.c.filing == row["id"])).mappings().all()
    same = row["scan"] == target["scan"]  # numbered already as the target's own are
    number = filing_pages.c.number if same else filing_pages.c.number + _LAST
    lend = update(filing_pages).where(filing_pages.c.filing == row["id"])
    connection.execute(lend.values(filing=target["id"], number=number))
    _number(connection, target)
    return [[page["scan"], page["page"], page["number"]] for page in pages]


def _take_back(connection: Connection, ledger: Ledger, row: RowMapping, target: RowMapping) -> None:
    lent = stored.private_of(ledger, row).facts["lent"]
    assert isinstance(lent, list)  # noqa: S101 as `_lend` wrote it
    for scan, page, number in lent:
        place = (filing_pages.c.scan == scan) & (filing_pages.c.page == page)
        connection.execute(update(filing_pages).where(place).values(filing=row["id"], number=number))
    _number(connection, target)


def _number(connection: Connection, target: RowMapping) -> None:
    """Number added pages as they lie in the target's files: its own hand-over's first, then each that was added."""
    first = select(func.coalesce(func.sum(scans.c.pages), 0)).where(scans.c.leader == target["scan"])
    before = int(connection.execute(first).scalar_one())
    added = (
        select(filing_pages.c.scan, scans.c.pages)
        .join(scans, scans.c.sha256 == filing_pages.c.scan)
        .where(filing_pages.c.filing == target["id"], scans.c.leader != target["scan"])
        .group_by(filing_pages.c.scan, scans.c.pages)
        .order_by(func.min(filing_pages.c.number))
    )
    for scan, count in connection.execute(added).all():
        mine = (filing_pages.c.filing == target["id"]) & (filing_pages.c.scan == scan)
        connection.execute(update(filing_pages).where(mine).values(number=filing_pages.c.page + before))
        before += count


def _judge_again(connection: Connection, ledger: Ledger, row: RowMapping, person: Person) -> int:
    """Read and judge the filing anew; what was sealed before, and returned, is sealed under a new name when it goes."""
    if row["bundle"] is not None:
        anew = update(filings).where(filings.c.id == row["id"])
        connection.execute(anew.values(sealing=filings.c.sealing + 1))
    return _walk_from(connection, ledger, row, State.RECOGNISED, person)


def _walk_from(connection: Connection, ledger: Ledger, row: RowMapping, to: State, person: Person) -> int:
    """Send a filing back to an earlier state: every way back leads over `held`. Returns its new version."""
    if row["state"] != State.HELD.value:
        change(connection, ledger, row, State.HELD, {"held_from": row["state"]})
        record(connection, ledger, _event("held", row, State.HELD, person, "by_advisor"))
        row = row_of(connection, row["id"])
    change(connection, ledger, row, to, {"held_from": None, "reason": None, "attempt": 0, "crashes": 0})
    record(connection, ledger, _event("judged again", row, to, person))
    return int(row["version"]) + 1


def _event(what: str, row: RowMapping, to: State, person: Person, code: str | None = None) -> Event:
    return Event(what, "advisor", row["id"], row["state"], to.value, code, person.private())
