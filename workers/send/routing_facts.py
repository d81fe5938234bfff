"""Routing facts of a filing: for the stage that decides, and from the ledger for explaining and replaying rules."""

from collections.abc import Iterable, Sequence

from intake.base.filing import Document
from intake.base.settings import Point
from routing_rules.facts import Found, RoutingFacts
from routing_rules.replay import Past, Went
from workers.ledger import Ledger
from workers.ledger.history import Decided, Gap, Known, all_known, attachments_of, gaps_of


def facts_of(documents: Sequence[Document], point: Point) -> RoutingFacts:
    """The routing facts of a judged filing, its form first: what kind of paper it is, never its content."""
    document = documents[0]
    return RoutingFacts(
        provider=document.provider,
        form=document.form,
        edition=document.edition,
        language=document.language,
        kind=document.kind.value,
        verdict=document.verdict.value,
        point=point.id,
        municipality=point.municipality,
        findings=_found(gaps_of(documents)),
        pages=sum(len(document.pages) for document in documents),
        attachments=attachments_of(documents),
    )


def _found(gaps: Iterable[Gap]) -> frozenset[Found]:
    return frozenset(Found(gap.code, gap.field, gap.kind) for gap in gaps)


def past_of(known: Known, here: Point) -> Past:
    """A filing as rules see it: its facts, the day that counted for it, and where it went.

    A filing from before the ledger kept the point's name is of this point.
    """
    judged, decided = known.judged, known.decided
    facts = RoutingFacts(
        provider=judged.provider,
        form=judged.form,
        edition=judged.edition,
        language=judged.language,
        kind=judged.kind,
        verdict=judged.verdict,
        point=judged.point or here.id,
        municipality=judged.municipality if judged.point else here.municipality,
        findings=None if judged.findings is None else _found(judged.findings),
        pages=judged.pages,
        attachments=judged.attachments,
    )
    return Past(judged.filing, facts, judged.day if decided is None else decided.day, _went(decided))


def _went(decided: Decided | None) -> Went | None:
    return None if decided is None else Went(decided.provider, decided.unit, decided.rule, decided.by_hand)


def all_past(ledger: Ledger, here: Point) -> list[Past]:
    """All papers that were judged, also purged ones, oldest first."""
    return [past_of(known, here) for known in all_known(ledger)]
