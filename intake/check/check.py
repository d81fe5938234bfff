"""Checks demands of fields, pages, values and rules; gives findings and the verdict.

Silence is not consent: a form of which nobody has said what it needs is never complete, and neither is a paper on which
nothing is written.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from intake.base.filing import FieldReading, FieldState, Finding, Verdict
from intake.base.identifiers import CHECKED
from intake.base.texts import Text
from intake.check import sentences
from intake.check.attachments import attachment_kinds
from intake.check.conditions import parse
from intake.check.known import SURE, Known
from intake.check.rules import FINDERS, NOTES, Beside, Gap
from intake.forms.model import Definition, Field, Rule

NO_DEMANDS = "no_demands"
"""The finding for a form of which nobody has said what it needs."""
_TOLD_WHEN_WRONG = CHECKED | {"date", "postcode"}


def check(
    definition: Definition,
    fields: Mapping[str, FieldReading],
    *,
    pages_seen: Collection[int],
    attachments: Collection[str],
    on: date,
) -> tuple[tuple[Finding, ...], Verdict]:
    """Findings in the order of the form, and the verdict.

    Args:
        definition: the form's edition.
        fields: what was read, by key; fields of pages that are not in the scan are left out.
        pages_seen: 1-based pages of the form that are in the scan.
        attachments: kinds from `attachment_kind`, ids of other forms in the same hand-over, and `unknown` for each
            paper that could not be named (it may be the one that is asked for, so its lack is only unclear), `unread`
            for each whose title was not read.
        on: the day of hand-over.
    """
    known = Known(definition, fields, on)
    found = [*_edition(definition, on), *_pages(definition, pages_seen), *_fields(known)]
    for rule in rules_on(definition, on):
        found += _rule(rule, known, Beside(attachments))
    findings = tuple(_once([*found, *_silent(known, found)], definition))
    return findings, verdict_of(findings)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Incomplete when what blocks is wrong; unsure when it is unclear or nothing is demanded; else complete."""
    findings = tuple(findings)
    codes = {finding.code for finding in findings if finding.blocks}
    if codes - {"unclear"}:
        return Verdict.INCOMPLETE
    silent = any(finding.code == NO_DEMANDS for finding in findings)
    return Verdict.UNSURE if codes or silent else Verdict.COMPLETE


def demands(definition: Definition, on: date) -> bool:
    """Whether somebody has said what the form needs: a field or a rule in force on the day asks on firm ground."""
    fields = any(field.required and not field.office and blocks(field.basis) for field in definition.fields)
    return fields or any(blocks(rule.basis) for rule in rules_on(definition, on))


def without_demands(definitions: Iterable[Definition], on: date) -> tuple[Definition, ...]:
    """The editions valid on the day of which nobody has said what they need: their papers wait for a person."""
    return tuple(definition for definition in definitions if definition.valid_on(on) and not demands(definition, on))


def rules_on(definition: Definition, on: date) -> Iterator[Rule]:
    """The rules that look for gaps and are in force on the day."""
    for rule in definition.rules:
        if rule.kind not in NOTES and _in_force(rule, on):
            yield rule


def notes(
    definition: Definition, on: date, fields: Mapping[str, FieldReading] | None = None, *, beside: Collection[str] = ()
) -> tuple[Text, ...]:
    """Advice for the customer whatever the verdict: deadlines, arrival, papers that belong elsewhere.

    `beside`: kinds of the papers that were handed over with the form, from `attachment_kind`.
    """
    known = Known(definition, fields or {}, on)
    told = [rule for rule in definition.rules if rule.kind in NOTES and _in_force(rule, on)]
    said = [rule.text for rule in told if rule.when is None or known.holds(parse(rule.when))]
    return (*said, *(kind.belongs for kind in attachment_kinds() if kind.belongs and kind.id in beside))


def blocks(basis: str) -> bool:
    """Whether a demand on this basis may stop a filing: an assumption of ours never does."""
    return basis != "assumption"


def _in_force(rule: Rule, on: date) -> bool:
    return (rule.valid_from is None or rule.valid_from <= on) and (rule.valid_until is None or on <= rule.valid_until)


def _silent(known: Known, found: Iterable[Finding]) -> Iterator[Finding]:
    """A form that asks for nothing, and a paper on which nothing is written and that nothing else stops."""
    asked = demands(known.definition, known.on)
    if not asked:
        yield Finding(code=NO_DEMANDS, blocks=False, text=sentences.NO_DEMANDS)
    states = {known.fields[field.key].state for field in known.definition.fields
              if not field.office and known.seen(field.key)}  # fmt: skip
    if not states or FieldState.FILLED in states:
        return
    verdict = verdict_of(found)
    if states == {FieldState.EMPTY} and verdict is not Verdict.INCOMPLETE:
        yield Finding(code="missing", blocks=asked, text=sentences.NOTHING_WRITTEN)
    elif verdict is Verdict.COMPLETE:
        yield Finding(code="unclear", blocks=asked, text=sentences.maybe(sentences.NOTHING_WRITTEN))


def _edition(definition: Definition, on: date) -> Iterator[Finding]:
    if definition.valid_from is not None and on < definition.valid_from:
        yield Finding(code="edition", blocks=False, text=sentences.NOT_VALID_YET)
    if definition.valid_until is not None and on > definition.valid_until:
        yield Finding(code="edition", blocks=False, text=sentences.NOT_VALID_ANY_MORE)


def _pages(definition: Definition, pages_seen: Collection[int]) -> Iterator[Finding]:
    """Pages with something to fill in must be there; instructions need not."""
    asked = sorted({place.page for field in definition.fields if not field.office for place in field.places})
    for page in asked:
        if page not in pages_seen:
            yield Finding(code="missing_page", text=sentences.MISSING_PAGE.filled(page=page))


def _fields(known: Known) -> Iterator[Finding]:
    for field in known.definition.fields:
        if field.office or not known.seen(field.key):
            continue
        if field.required:
            yield from _demand(field, known)
        yield from _value(field, known)


def _demand(field: Field, known: Known) -> Iterator[Finding]:
    filled = known.filled(field.key)
    if filled is True:
        return
    said = sentences.UNSIGNED if field.kind == "signature" else sentences.MISSING
    text = sentences.about(said if filled is False else sentences.UNCLEAR, known.definition, field.key)
    code = "missing" if filled is False else "unclear"
    yield Finding(code=code, field=field.key, blocks=blocks(field.basis), text=text)


def _value(field: Field, known: Known) -> Iterator[Finding]:
    """A wrong check digit that was read with confidence is `invalid`, a doubtful reading `unclear`."""
    reading = known.fields[field.key]
    if reading.candidates and field.value not in CHECKED:  # read, and not to be believed
        text = sentences.about(sentences.UNCLEAR_VALUE, known.definition, field.key)
        yield Finding(code="unclear", field=field.key, blocks=False, text=text)
        return
    if field.value not in _TOLD_WHEN_WRONG or (reading.confidence is None and reading.value is None):
        return
    valid = known.valid(field.key)
    if valid is False:
        text = sentences.about(sentences.INVALID, known.definition, field.key)
        demanded = field.required and blocks(field.basis) and field.value in CHECKED
        yield Finding(code="invalid", field=field.key, blocks=demanded, text=text)
    elif valid is None and known.filled(field.key) and (reading.confidence or 0) < SURE:
        text = sentences.about(sentences.UNCLEAR_VALUE, known.definition, field.key)
        yield Finding(code="unclear", field=field.key, blocks=False, text=text)


def _rule(rule: Rule, known: Known, beside: Beside) -> Iterator[Finding]:
    holds = True
    doubts: tuple[str, ...] = ()
    if rule.when is not None:
        condition = parse(rule.when)
        answer = known.holds(condition)
        if answer is None:
            doubts = known.doubts(condition)
        holds = answer is True
    if not holds and not doubts:
        return
    for gap in FINDERS[rule.kind](rule, known, beside):
        field = _told_field(gap, known)
        if field is not None and _office(known, field):
            continue
        if holds and gap.code != "unclear":
            yield Finding(code=gap.code, field=field, blocks=blocks(rule.basis), text=rule.text)
        else:
            about = field if holds else doubts[0]
            stops = blocks(rule.basis) and not gap.soft
            said = sentences.unread(rule.text) if gap.unread else sentences.maybe(rule.text)
            yield Finding(code="unclear", field=about, blocks=stops, text=said)


def _told_field(gap: Gap, known: Known) -> str | None:
    return gap.field if gap.field is None or known.field(gap.field) is not None else None


def _office(known: Known, key: str) -> bool:
    field = known.field(key)
    return field is not None and field.office


def _once(found: list[Finding], definition: Definition) -> Iterator[Finding]:
    """The findings, each gap once, the blocking sentence first; in the order of the form, the whole document's first.

    A field lacks something or is doubtful once; it can contradict several things, and each is told.
    """
    order = {field.key: number for number, field in enumerate(definition.fields)}
    found = sorted(found, key=lambda finding: (order.get(finding.field or "", -1), not finding.blocks))
    told: set[tuple[str, str | None, str]] = set()
    for finding in found:
        once = finding.field is not None and finding.code != "contradiction"
        name = (finding.code, finding.field, "" if once else finding.text.en)
        if name not in told:
            told.add(name)
            yield finding


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
    kept = [_softened(finding) if doubts or mixed else finding for finding in findings]
    doubts += [Finding(code="unclear", text=sentences.BROKEN_PAGE.filled(page=page)) for page in broken]
    if mixed:
        doubts.append(Finding(code="unclear", text=sentences.SEVERAL_COPIES))
    return (*doubts, *kept)


def _softened(finding: Finding) -> Finding:
    if finding.code not in _MAY_BE_THERE:
        return finding
    return finding.model_copy(update={"code": "unclear", "text": sentences.maybe(finding.text)})
