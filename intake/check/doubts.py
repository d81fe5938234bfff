"""Findings about the pictures themselves, beside those about the form: see `intake.recognise`.

A picture that may hold a second paper may hold the page or attachment that seems to be missing, so its lack is only
unclear then; and whose pages lie together a person must see.
"""

from collections.abc import Iterable

from intake.base.filing import Finding
from intake.check import sentences

_MAY_BE_THERE = {"missing_page", "missing_attachment"}


def with_doubts(
    findings: Iterable[Finding], *, crowded: Iterable[int], broken: Iterable[int], mixed: bool
) -> tuple[Finding, ...]:
    """The findings with those about the pictures first.

    Args:
        findings: what the check found.
        crowded: 1-based pages of the scan whose picture seems to hold more than the form's page.
        broken: 1-based pages that the feeder did not pull in one piece.
        mixed: the scan holds several copies of the form, and its pages may belong to either.
    """
    doubts = [Finding(code="unclear", text=sentences.SECOND_PAPER.filled(page=page)) for page in crowded]
    kept = [_softened(finding) if doubts else finding for finding in findings]
    doubts += [Finding(code="unclear", text=sentences.BROKEN_PAGE.filled(page=page)) for page in broken]
    if mixed:
        doubts.append(Finding(code="unclear", text=sentences.SEVERAL_COPIES))
    return (*doubts, *kept)


def _softened(finding: Finding) -> Finding:
    if finding.code not in _MAY_BE_THERE:
        return finding
    return finding.model_copy(update={"code": "unclear", "text": sentences.maybe(finding.text)})
