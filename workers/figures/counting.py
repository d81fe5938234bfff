"""Counts a point's papers into figures: what each paper counts in. FIGURES.md says the same in words."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from importlib.metadata import version

from intake.base.errors import WrongUse
from intake.base.filing import Kind, Verdict
from intake.base.settings import Point
from routing_rules.calendar import day_kind
from workers.figures.figures import HELSINKI, About, Cell, Figures
from workers.figures.papers import Paper, papers_of, rule_sets
from workers.ledger import Ledger


def figures_at(ledger: Ledger, here: Point, catalogue: str | None, first: date | None, last: date | None) -> Figures:
    """This point's figures from `first` to `last`, both counted; None: from its first paper, to today.

    A month in which the point had no paper yet is not counted as one without papers. Raises WrongUse: no day is left.
    """
    papers = list(papers_of(ledger))
    today = ledger.clock.now().astimezone(HELSINKI).date()
    earliest = min((paper.handed_over for paper in papers), default=ledger.clock.now()).astimezone(HELSINKI).date()
    first = max(first, earliest.replace(day=1)) if first else earliest
    last = min(last or today, today)
    if last < first:
        raise WrongUse(f"{here.id} has no figures to {last}; its first paper came on {earliest}")
    edges = (f"{day.isoformat()}T" for day in (first, last + timedelta(days=1)))
    about = About(
        name=here.name, software=version("vireille"), rules=rule_sets(ledger, *edges), catalogue=catalogue or "",
        periods=((first, last),),
    )  # fmt: skip
    return figures_of(papers, here.id, about)


def figures_of(papers: Iterable[Paper], point: str, about: About) -> Figures:
    """The figures of the papers that came in on the days of `about`, which are of one period."""
    (first, last) = about.periods[0]
    cells: Counter[Cell] = Counter()
    hand_overs: dict[tuple[str, str], list[str]] = {}
    for paper in papers:
        day = paper.handed_over.astimezone(HELSINKI).date()
        if first <= day <= last:
            hand_overs.setdefault((day.isoformat(), paper.hand_over), []).append(paper.provider or "")
            for cell, count in _counted(paper, point, day.isoformat()):
                cells[cell] += count
    for (day_text, _), providers in hand_overs.items():
        for provider in set(providers):
            cells[Cell(point, day_text, "handovers", provider=provider)] += 1
        several = "several_providers" if len({*filter(None, providers)}) > 1 else "several_papers"
        cells[Cell(point, day_text, "visits", "one_paper" if len(providers) == 1 else several)] += 1
    return Figures({point: about}, cells)


def _counted(paper: Paper, point: str, day: str) -> Iterator[tuple[Cell, int]]:
    """Everything that one paper counts in."""
    at = paper.handed_over.astimezone(HELSINKI)
    where = {"provider": paper.provider or "", "unit": paper.unit or ""}
    kind = where | {"form": paper.form or "", "language": paper.language or ""}
    of_form = {"provider": where["provider"], "form": kind["form"]}
    yield Cell(point, day, "papers", **kind), 1
    yield Cell(point, day, "pages", **kind), paper.pages
    yield Cell(point, day, "attachments", **kind), paper.attachments
    yield Cell(point, day, "hour", f"{at.weekday()} {at.hour:02}", **where), 1
    yield Cell(point, day, "quality", quality(paper), **of_form), 1
    yield Cell(point, day, "outcome", paper.outcome, **of_form), 1
    if paper.kind == Kind.FORM.value:
        known = {True: "yes", False: "no", None: "not_known"}[paper.eservice]
        yield Cell(point, day, "eservice", known, **of_form), 1
        yield Cell(point, day, "why", paper.why or "not_asked", **of_form), 1
    for gap in sorted({f"{gap.code} {gap.field or ''}".strip() for gap in paper.gaps}):
        yield Cell(point, day, "gap", gap, **of_form), 1
    for code in sorted(set(paper.corrections)):
        yield Cell(point, day, "corrected", code, **of_form), 1
    for reason in sorted(set(paper.returns)):
        yield Cell(point, day, "return", reason, **where), 1
    if paper.returns:
        yield Cell(point, day, "returned", **where), 1
    if paper.delivered_at is not None:
        same = _workday(paper.delivered_at) == _workday(paper.handed_over)
        yield Cell(point, day, "delivered", "same_day" if same else "later", **where), 1
        yield Cell(point, day, "sent_pages", **where), paper.pages
    for what, start, end in (
        ("verdict", paper.handed_over, paper.verdict_at), ("decision", paper.verdict_at, paper.decided_at),
        ("delivery", paper.handed_over, paper.delivered_at), ("answer", paper.delivered_at, paper.answered_at),
        ("receipt", paper.handed_over, paper.confirmed_at),
    ):  # fmt: skip
        if start is not None and end is not None:
            seconds = max(0.0, (end - start).total_seconds())
            yield Cell(point, day, f"{what}_seconds", f"{float(f'{seconds:.2g}'):g}", **where), 1


def quality(paper: Paper) -> str:
    """Say in one word what became of the paper's gaps."""
    if paper.first is None:
        return "form_not_known"
    if paper.first is Verdict.COMPLETE:
        return "complete"
    if paper.last is Verdict.COMPLETE:
        return "repaired" if paper.scanned_again else "cleared"
    if paper.delivered_at is None:
        return "not_sent"
    return "sent_with_gaps" if paper.last is Verdict.INCOMPLETE else "sent_unsure"


def _workday(moment: datetime) -> date:
    """The working day on which something done then is done: the same, or the next one after a day off."""
    day = moment.astimezone(HELSINKI).date()
    while day_kind(day) != "workday":
        day += timedelta(days=1)
    return day
