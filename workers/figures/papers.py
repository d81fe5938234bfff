"""Every paper that was handed over, once, with what became of it: from rows without anything personal, never purged.

A re-scan that was joined is the same paper, so a paper begins with its earliest scan; pages added as an attachment are
part of the paper that they were added to. A file that was still growing when it was seen (B-23) is no scan of its own,
and pages that a person took out of a paper are none until they are sent.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select

from intake.base.clock import parse_iso
from intake.base.filing import Kind, Verdict
from intake.base.states import State
from workers.ledger import Ledger, joins, people
from workers.ledger.history import Gap
from workers.ledger.schema import decisions, events, filing_pages, filings, judgements, scans

_ATTACHED = joins.ATTACHED
_GROWN = "grown"
_STATES = tuple(state.value for state in (State.DELIVERED, State.CONFIRMED, State.RETURNED))
_DOINGS = ("released", "held", "destroyed", "why on paper", "taken out", "corrected")


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: where it came from and went to, how it was judged, and when what happened. No value, no name."""

    hand_over: str
    """What came in at the same moment shares it; it is a hash and leaves the machine never."""
    handed_over: datetime
    kind: str | None
    """None: it has not been judged yet."""
    provider: str | None
    unit: str | None
    form: str | None
    language: str | None
    pages: int
    attachments: int
    eservice: bool | None
    """Whether the matter could be handled online on that day."""
    first: Verdict | None
    """The verdict of the earliest scan."""
    last: Verdict | None
    scanned_again: bool
    """A later scan or added pages took part in the last verdict."""
    gaps: tuple[Gap, ...]
    """What the earliest scan's verdict found."""
    why: str | None
    outcome: str
    """`sent`, `by_post`, `open`, a code of how it ended, or `other_ending`."""
    returns: tuple[str, ...]
    """The code of each return, oldest first."""
    corrections: tuple[str, ...]
    verdict_at: datetime | None = None
    decided_at: datetime | None = None
    """When a person first sent, posted or ended it."""
    delivered_at: datetime | None = None
    answered_at: datetime | None = None
    """The authority's first answer after delivery, a receipt or a return."""
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Rows:
    """The ledger's plain rows, by filing."""

    filings: Mapping[str, RowMapping]
    judged: Mapping[str, Sequence[RowMapping]]
    happened: Mapping[str, Sequence[RowMapping]]
    pages: Mapping[str, int]


def papers_of(ledger: Ledger) -> Iterator[Paper]:
    """All papers of the ledger, in the order in which they came."""
    with ledger.read() as connection:
        rows = _rows(connection)
    members: dict[str, list[str]] = defaultdict(list)
    for filing in rows.filings:
        members[_goes_on_as(filing, rows.filings)].append(filing)
    for filing, scanned in members.items():
        mine = [member for member in scanned if not _added(member, rows.filings)]
        if filing in mine and not _taken_out(rows, filing):
            yield _paper(rows, filing, mine, pages_added=len(mine) < len(scanned))


def rule_sets(ledger: Ledger, first: str, last: str) -> tuple[str, ...]:
    """The versions of the rules that decided between two moments, oldest first."""
    within = (decisions.c.at >= first) & (decisions.c.at < last) & decisions.c.version.is_not(None)
    found = select(decisions.c.version).where(within).group_by(decisions.c.version).order_by(func.min(decisions.c.at))
    with ledger.read() as connection:
        return tuple(str(version) for version in connection.execute(found).scalars())


def _rows(connection: Connection) -> _Rows:
    leader = scans.alias()
    known = (
        select(filings, leader.c.handed_over)
        .join(leader, leader.c.sha256 == filings.c.scan)
        .where(leader.c.refused.is_(None))
        .order_by(filings.c.seq)
    )
    judged: dict[str, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(select(judgements).order_by(judgements.c.number)).mappings():
        judged[row["filing"]].append(row)
    wanted = events.c.state.in_(_STATES) | events.c.what.in_(_DOINGS)
    happened: dict[str, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(select(events).where(wanted).order_by(events.c.id)).mappings():
        happened[row["filing"]].append(row)
    counted = select(filing_pages.c.filing, func.count()).group_by(filing_pages.c.filing)
    return _Rows(
        {row["id"]: row for row in connection.execute(known).mappings()},
        judged, happened, {filing: count for filing, count in connection.execute(counted)},
    )  # fmt: skip


def _goes_on_as(filing: str, known: Mapping[str, RowMapping]) -> str:
    """The filing as which the paper goes on: itself, or the one that it was joined to in the end."""
    while (into := known[filing]["joined_to"]) in known:
        filing = into
    return filing


def _added(filing: str, known: Mapping[str, RowMapping]) -> bool:
    """Whether it went on as pages of another paper, and not as an earlier scan of the same."""
    while (into := known[filing]["joined_to"]) in known:
        if known[filing]["reason"] == _ATTACHED:
            return True
        filing = into
    return False


def _taken_out(rows: _Rows, filing: str) -> bool:
    happened = rows.happened.get(filing, ())
    out = any(row["what"] == "taken out" for row in happened)
    return out and not any(row["state"] == State.DELIVERED.value for row in happened)


def _paper(rows: _Rows, filing: str, scanned: Sequence[str], *, pages_added: bool) -> Paper:
    row = rows.filings[filing]
    whole = [member for member in scanned if rows.filings[member]["reason"] != _GROWN]
    earliest = rows.filings[whole[0]]
    verdicts = (verdict for member in whole for verdict in rows.judged.get(member, ()))
    judged = sorted(verdicts, key=lambda verdict: str(verdict["at"]))
    mine = rows.judged.get(filing, ())
    last = mine[-1] if mine else None
    events = (event for member in scanned for event in rows.happened.get(member, ()))
    happened = sorted(events, key=lambda event: int(event["id"]))
    whys = [str(event["code"]) for event in happened if event["what"] == "why on paper"]
    delivered = _first(happened, State.DELIVERED)
    return Paper(
        hand_over=earliest["scan"], handed_over=parse_iso(earliest["handed_over"]),
        kind=None if last is None else last["kind"],
        provider=row["provider"], unit=row["unit"], form=row["form"], language=row["language"],
        pages=rows.pages.get(filing, 0),
        attachments=0 if last is None else last["attachments"] or 0,
        eservice=None if last is None or last["kind"] != Kind.FORM.value else last["eservice"],
        first=_verdict(judged[0] if judged else None), last=_verdict(last),
        scanned_again=pages_added or len(whole) > 1,
        gaps=tuple(Gap(*gap) for gap in json.loads(judged[0]["findings"] or "[]")) if judged else (),
        why=whys[-1] if whys else None,
        outcome="sent" if delivered else _ended(happened),
        returns=tuple(str(event["code"] or "other") for event in happened if _came_to(event, State.RETURNED)),
        corrections=tuple(str(event["code"]) for event in happened if event["what"] == "corrected"),
        verdict_at=parse_iso(judged[0]["at"]) if judged else None,
        decided_at=next((parse_iso(event["at"]) for event in happened if _decides(event)), None),
        delivered_at=delivered,
        answered_at=_first(happened, State.CONFIRMED, State.RETURNED),
        confirmed_at=_first(happened, State.CONFIRMED),
    )  # fmt: skip


def _verdict(row: RowMapping | None) -> Verdict | None:
    """The verdict, if the form was known: of other papers there is nothing to judge."""
    return Verdict(row["verdict"]) if row is not None and row["kind"] == Kind.FORM.value else None


def _came_to(row: RowMapping, *states: State) -> bool:
    return row["state"] in states and row["start"] is not None and row["start"] != row["state"]


def _first(happened: Sequence[RowMapping], *states: State) -> datetime | None:
    """When the paper came to one of the states for the first time on its walk; a return from a hold is none."""
    walked = (row for row in happened if row["what"] == "moved on" and _came_to(row, *states))
    return next((parse_iso(row["at"]) for row in walked), None)


def _decides(row: RowMapping) -> bool:
    """Whether a person sent the paper, posted it, or ended it."""
    by_post = row["what"] == "held" and row["code"] == people.SENT_BY_POST
    return row["actor"] == "advisor" and (row["what"] in {"released", "destroyed"} or by_post)


def _ended(happened: Sequence[RowMapping]) -> str:
    """How a paper that was not sent ended, or that it has not."""
    if any(row["what"] == "held" and row["code"] == people.SENT_BY_POST for row in happened):
        return "by_post"
    ended = [row["code"] or "other_ending" for row in happened if row["what"] == "destroyed"]
    return str(ended[-1]) if ended else "open"
