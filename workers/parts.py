"""Turns a scan's runs of pages into filings: one for each form with its attachments."""

from collections.abc import Sequence

from intake.base.filing import Kind
from intake.recognise import DocumentRun
from workers.ledger.changes import Changes


def parts_of(runs: Sequence[DocumentRun]) -> tuple[Changes, ...]:
    """One filing for each form with its attachments, and one for each run that belongs to no form."""
    parts: list[Changes] = []
    for number, seen in enumerate(runs):
        if seen.attached_to is not None:
            continue
        members = [seen, *(other for other in runs if other.attached_to == number)]
        pages = tuple(sorted(page.reading.source_page for member in members for page in member.pages))
        definition = seen.definition
        parts.append(
            Changes(pages=pages, kind=seen.kind)
            if definition is None
            else Changes(
                pages=pages,
                kind=Kind.FORM,
                provider=definition.provider,
                form=definition.form,
                edition=definition.edition,
                language=definition.language,
            )
        )
    return tuple(parts)
