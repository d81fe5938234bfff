"""Looks along the shelf: the open filings with age and priority, mine, search, and what was done by day."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, func, or_, select, true

from workers.office.schema import OPEN, events, filings
from workers.office.shelf import Shelf

LISTED = 40
MOST_SEARCHED = 20_000
FILTERS = ("open", "free", "mine", "done")


_SHOWN = [column for column in filings.c if column.name != "content"]
"""A line of the queue needs no content, which is large."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of the queue, and how many there are in all."""

    rows: tuple[RowMapping, ...]
    total: int


Units = frozenset[str] | None
"""The units whose filings are looked at; None: all, also what has no unit."""


def of_units(units: Units) -> ColumnElement[bool]:
    """The filings of these units."""
    return true() if units is None else filings.c.unit.in_(units)


def listed(shelf: Shelf, which: str, clerk: str, units: Units, offset: int = 0) -> Listed:
    """Filings of one filter: urgent first, then what is due, then the oldest; answered ones newest first."""
    chosen = (
        of_units(units)
        & {
            "open": filings.c.state == OPEN,
            "free": (filings.c.state == OPEN) & filings.c.claimed_by.is_(None),
            "mine": (filings.c.state == OPEN) & (filings.c.claimed_by == clerk),
            "done": filings.c.state != OPEN,
        }[which]
    )
    order = filings.c.since.desc() if which == "done" else filings.c.turn
    asked = select(*_SHOWN).where(chosen).order_by(order)
    with shelf.read() as connection:
        total = connection.execute(select(func.count()).select_from(filings).where(chosen)).scalar_one()
        rows = connection.execute(asked.limit(LISTED).offset(offset)).mappings().all()
    return Listed(tuple(rows), total)


def found(shelf: Shelf, words: str, units: Units) -> Listed:
    """Filings whose bundle, form, point, person's name or code has all the words; what is personal is unsealed here."""
    wanted = words.casefold().split()
    plain = select(*_SHOWN).where(of_units(units), or_(filings.c.who.is_not(None), filings.c.state == OPEN))
    hits = []
    with shelf.read() as connection:
        for row in connection.execute(plain.order_by(filings.c.number.desc()).limit(MOST_SEARCHED)).mappings():
            who = shelf.who(row)
            text = " ".join((row["bundle"], row["form"] or "", row["point"], who.name, who.code)).casefold()
            if all(word in text for word in wanted):
                hits.append(row)
    return Listed(tuple(hits[:LISTED]), len(hits))


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is to do, and what was done by day and clerk."""

    open: int
    free: int
    urgent: int
    oldest: str | None
    received: dict[str, int]
    answered: dict[str, int]
    by_clerk: dict[str, int]


def load(shelf: Shelf, units: Units = None, days: int = 14) -> Load:
    """The load now and in the last `days` days on which something happened."""
    waiting, theirs = of_units(units) & (filings.c.state == OPEN), select(filings.c.bundle).where(of_units(units))
    free = func.count() - func.count(filings.c.claimed_by)
    counting = select(func.count(), free, func.sum(filings.c.urgent), func.min(filings.c.handed_over)).where(waiting)
    day = func.substr(filings.c.received, 1, 10)
    answers = events.c.what.in_(("accepted", "returned", "forwarded")) & events.c.bundle.in_(theirs)
    done = func.substr(events.c.at, 1, 10)
    with shelf.read() as connection:
        count, unclaimed, urgent, oldest = connection.execute(counting).one()
        came = connection.execute(
            select(day, func.count()).where(of_units(units)).group_by(day).order_by(day.desc()).limit(days)
        ).all()
        went = connection.execute(
            select(done, events.c.by, func.count()).where(answers).group_by(done, events.c.by).order_by(done.desc())
        ).all()  # fmt: skip
    answered, by_clerk = Counter[str](), Counter[str]()
    for at, clerk, number in went:
        answered[at] += number
        by_clerk[clerk] += number
    kept = sorted(answered, reverse=True)[:days]
    return Load(
        count, unclaimed or 0, urgent or 0, oldest, dict(sorted((str(at), int(n)) for at, n in came)),
        {at: answered[at] for at in sorted(kept)}, dict(by_clerk.most_common()),
    )  # fmt: skip
