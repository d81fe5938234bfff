"""Computes the figures that the pilot lacked, from the event rows: papers, completeness, waits, most-missed fields."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, func, or_, select, update

from intake.base.clock import parse_iso
from intake.base.filing import Document
from intake.base.states import State
from workers.ledger.database import Ledger
from workers.ledger.scans import insert_once
from workers.ledger.schema import events, filings, judgements, scans, tallies
from workers.ledger.vault import Json

_MOST_MISSED = 20
_MILESTONES = {"verdict": State.CHECKED, "delivery": State.DELIVERED, "receipt": State.CONFIRMED}


def tally(connection: Connection, month: str, documents: Iterable[Document]) -> None:
    """Count the findings of a filing that was just judged."""
    for document in documents:
        for finding in document.findings:
            key = {"month": month, "form": document.form or "", "finding": finding.code, "field": finding.field or ""}
            insert_once(connection, tallies, {**key, "count": 0})
            same = [tallies.c[name] == value for name, value in key.items()]
            connection.execute(update(tallies).where(*same).values(count=tallies.c.count + 1))


def stats(ledger: Ledger) -> Json:
    """All figures. Times are seconds from hand-over; a filing joined to another is the same paper and not counted."""
    with ledger.read() as connection:
        return {
            "papers": _papers(connection),
            "complete_at_first_scan": _complete(connection),
            "most_missed": _missed(connection),
            "seconds_from_hand_over": _times(connection),
        }


def _papers(connection: Connection) -> list[Json]:
    month = func.substr(scans.c.handed_over, 1, 7).label("month")
    what = (filings.c.scanner, filings.c.provider, filings.c.form, month)
    found = (
        select(*what, func.count().label("papers"))
        .join(scans, scans.c.sha256 == filings.c.scan)
        .where(filings.c.joined_to.is_(None), scans.c.refused.is_(None))
        .group_by(*what)
        .order_by(month, filings.c.scanner, filings.c.provider, filings.c.form)
    )
    return [
        {"month": row[3], "scanner": row[0], "provider": row[1], "form": row[2], "papers": row[4]}
        for row in connection.execute(found)
    ]


def _complete(connection: Connection) -> Json:
    """Of the papers whose form was known: how many were complete at first, and how many were mended at the counter.

    A scan that was joined to another is the same paper, so the verdict of its earliest scan is the paper's first. A
    file that was still growing when it was seen (B-23) is no scan of its own, and an attachment is another paper.
    """
    scan_of_it = or_(filings.c.joined_to.is_(None), filings.c.reason == "same_paper")
    rows = connection.execute(
        select(filings.c.id, filings.c.joined_to, judgements.c.verdict)
        .join(judgements, judgements.c.filing == filings.c.id)
        .where(judgements.c.kind == "form", scan_of_it)
        .order_by(filings.c.seq, judgements.c.number)
    ).all()
    into = {filing: other for filing, other, _ in rows if other is not None}
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for filing, _, verdict in rows:
        paper = filing
        while paper in into:
            paper = into[paper]
        first.setdefault(paper, verdict)
        if paper == filing:
            last[paper] = verdict
    mended = sum(verdict == "complete" and first[paper] != "complete" for paper, verdict in last.items())
    share = round(sum(verdict == "complete" for verdict in first.values()) / len(first), 4) if first else None
    return {"verdicts": dict(sorted(Counter(first.values()).items())), "share": share, "repaired_at_counter": mended}


def _missed(connection: Connection) -> list[Json]:
    totals: Counter[tuple[str, str, str]] = Counter()
    for row in connection.execute(select(tallies).where(tallies.c.finding == "missing")).mappings():
        totals[row["form"], row["field"], row["finding"]] += row["count"]
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return [{"form": form, "field": field, "times": count} for (form, field, _), count in ranked[:_MOST_MISSED]]


def _times(connection: Connection) -> Json:
    waits: dict[str, list[float]] = defaultdict(list)
    names = {state.value: name for name, state in _MILESTONES.items()}
    found = (
        select(events.c.state, events.c.at, scans.c.handed_over)
        .join(filings, filings.c.id == events.c.filing)
        .join(scans, scans.c.sha256 == filings.c.scan)
        .where(events.c.state.in_(list(names)), events.c.start.is_not(None), events.c.start != events.c.state)
        .order_by(events.c.filing, events.c.state, events.c.id)
        .add_columns(events.c.filing)
    )
    rows: Iterable[tuple[str, str, str, str]] = connection.execute(found).all()
    for (_, state), same in groupby(rows, key=lambda row: (row[3], row[0])):
        first = next(iter(same))
        waits[names[state]].append(_seconds(first[2], first[1]))
    return {name: _summary(waits[name]) for name in _MILESTONES}


def _seconds(start: str, end: str) -> float:
    began: datetime = parse_iso(start)
    return (parse_iso(end) - began).total_seconds()


def _summary(values: list[float]) -> Json:
    ordered = sorted(values)
    if not ordered:
        return {"count": 0, "median": None, "p95": None, "worst": None}
    middle, late = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.95))
    return {"count": len(ordered), "median": round(middle, 3), "p95": round(late, 3), "worst": round(ordered[-1], 3)}
