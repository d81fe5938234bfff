"""Routing facts of filings as the ledger remembers them, for explaining and replaying rules."""

from datetime import date

from intake.base.clock import parse_iso
from intake.base.errors import NotFound
from intake.base.filing import Document
from intake.base.settings import Point, Settings
from routing_rules.facts import Facts
from routing_rules.replay import Past
from workers.ledger import Ledger
from workers.ledger.recent import entry, judged


def facts_of_document(document: Document, point: Point) -> Facts:
    """What routing may know of a judged document from this point: what kind of paper it is, never its content."""
    return Facts(
        provider=document.provider,
        form=document.form,
        edition=document.edition,
        language=document.language,
        kind=document.kind.value,
        verdict=document.verdict.value,
        point=point.id,
        municipality=point.municipality,
    )


def past_of(ledger: Ledger, settings: Settings, filing: str) -> Past:
    """One filing's facts and the day that counts for it. Raises NotFound."""
    found = entry(ledger.database, filing)
    if not found.private.documents:
        raise NotFound(f"filing {filing} has not been judged yet")
    day: date = settings.here.as_of or parse_iso(found.handed_over).date()
    first = Document.model_validate(found.private.documents[0])
    return Past(filing, facts_of_document(first, settings.here), day)


def all_past(ledger: Ledger, settings: Settings) -> list[Past]:
    """All judged filings, oldest first."""
    return [past_of(ledger, settings, filing) for filing in judged(ledger.database)]
