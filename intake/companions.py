"""What was handed over together with a form: attachments named by the words of their titles, and other forms.

Only the head of an attachment's first page is read, and only for a form whose rules ask for attachments, since reading
a page costs seconds and the customer waits.
"""

from collections.abc import Sequence

from intake.base.errors import VireilleError
from intake.check import attachment_kind
from intake.engines.tesseract import page_text
from intake.filing import Kind
from intake.pages import OpenedScan
from intake.read import upright
from intake.recognise import Seen

HEAD_SHARE = 0.35
UNNAMED = "unknown"


def companions(opened: OpenedScan, runs: Sequence[Seen], number: int) -> list[str]:
    """Kinds of the attachments of run `number` (`unknown` where the words tell nothing) and ids of other forms."""
    definition = runs[number].definition
    if definition is None or not any(rule.attachment for rule in definition.rules):
        return []
    forms = [seen.definition.form for place, seen in enumerate(runs) if seen.definition and place != number]
    papers = [seen for seen in runs if seen.kind is Kind.ATTACHMENT and seen.attached_to == number]
    return forms + [_named(opened, seen) for seen in papers]


def _named(opened: OpenedScan, seen: Seen) -> str:
    page = seen.pages[0]
    if page.reading.blank:
        return UNNAMED
    gray = upright(opened, page)
    head = gray[: max(1, round(gray.shape[0] * HEAD_SHARE))]
    try:
        text = page_text(head, opened.pages[page.reading.source_page - 1].dpi, timeout_seconds=8).text
    except VireilleError:  # C-12: no text is no reason to keep the customer waiting
        return UNNAMED
    return attachment_kind(text) or UNNAMED
