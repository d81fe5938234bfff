"""Finds what was handed over together with a form: attachments by the words of their titles, and other forms.

Only the head of an attachment's page is read, only for a form whose rules ask for attachments, and only until all that
it asks for is found, since reading a page costs a second and the customer waits. Papers lie in a stack, so every page
of a run may be a paper of its own. What is found does not depend on how busy the machine is: the reader's own processor
time is bounded, and a paper that was not read is told as that.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from intake.base.errors import NotFound
from intake.base.filing import Kind
from intake.check import attachment_kind
from intake.check.rules import UNKNOWN, UNREAD
from intake.forms.model import Definition
from intake.jail.pixels import OpenedScan
from intake.read import upright
from intake.recognise import DocumentRun, RunPage
from intake.text.tesseract import page_text

HEAD_SHARE = 0.35
CPU_SECONDS, WALL_SECONDS = 10, 240.0
"""A head takes the engine about a second; the other bound ends only one that hangs."""
_LATER_PAGE = re.compile(r"\b(?:[2-9]|1\d)\s?(?:/|\()\s?\d{1,2}\b")
"""`2/3`, `2 (3)`: the page of a paper that began before."""
_CONTINUED = "continued"


def papers_beside(opened: OpenedScan, runs: Sequence[DocumentRun], number: int) -> list[str]:
    """What was handed in beside run `number`: the kinds of its attachments, and the ids of other forms.

    `unknown` where an attachment's words tell nothing, `unread` where nobody could read them (C-12).

    A paper that is asked for but lies behind another form of the scan is `unknown` too: it goes with that form, and
    whether it serves both is for a person to see.
    """
    definition = runs[number].definition
    wanted = _wanted(definition) if definition is not None else ()
    if not wanted:
        return []
    found = [seen.definition.form for place, seen in enumerate(runs) if seen.definition and place != number]
    for page in _pages(seen for seen in runs if seen.attached_to == number):
        if _all_there(wanted, found):
            return found
        name = _named(opened, page)
        if name != _CONTINUED:
            found.append(name)
    for page in _pages(seen for seen in runs if seen.attached_to not in (number, None)):
        if {UNKNOWN, UNREAD} & {*found} or _all_there(wanted, found):
            return found
        name = _named(opened, page)
        if name == UNREAD:
            found.append(UNREAD)
        elif any(name in group and not group & {*found} for group in wanted):
            found.append(UNKNOWN)
    return found


def _wanted(definition: Definition) -> tuple[frozenset[str], ...]:
    """Of each group one paper is asked for."""
    return tuple(frozenset(rule.attachment.split("|")) for rule in definition.rules if rule.attachment)


def _all_there(wanted: Sequence[frozenset[str]], found: Collection[str]) -> bool:
    return all(group & {*found} for group in wanted)


def _pages(runs: Iterator[DocumentRun]) -> Iterator[RunPage]:
    """The pages with something on them."""
    for seen in runs:
        if seen.kind is Kind.ATTACHMENT:
            yield from (page for page in seen.pages if not page.reading.blank)


def _named(opened: OpenedScan, page: RunPage) -> str:
    gray = upright(opened, page)
    head = gray[: max(1, round(gray.shape[0] * HEAD_SHARE))]
    dpi = opened.pages[page.reading.source_page - 1].dpi
    try:
        read = page_text(head, dpi, cpu_seconds=CPU_SECONDS, wall_seconds=WALL_SECONDS, niceness=0)
    except NotFound:
        return UNREAD
    if read.failed is not None:
        return UNREAD
    text = read.text
    return attachment_kind(text) or (_CONTINUED if _LATER_PAGE.search(text) else UNKNOWN)
