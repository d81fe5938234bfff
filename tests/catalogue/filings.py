"""For every rule of the catalogue a filing that keeps it and one that breaks it; and a few papers that do many at once.

A keeping filing is complete, the rule's condition holds in it and what the rule demands is there in so many words. The
breaking one is the same filing with nothing changed but that. Both are tried on perfect readings before they are used.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from intake.base.filing import Finding
from intake.check import check
from intake.check.known import Known
from intake.check.rules import NOTES
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition, Rule
from intake.trial import readings, sample
from tests.catalogue.changes import ON, PROHIBITIONS, break_demand, condition_of, day_for, make, meet_demand

TRIES = [(seed, choice) for seed in range(2, 5) for choice in range(3)]
"""Whose filing, and by which of a condition's alternatives; the first that works is taken."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What is written on one form and lies beside it, and the rules that it was made for."""

    definition: Definition
    values: dict[str, str]
    attachments: tuple[str, ...]
    rules: tuple[Rule, ...]
    broken: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a perfect reader's check tells."""
        return told(self.definition, self.values, self.attachments)

    @property
    def name(self) -> str:
        """Form, language, side and rules, for a test's name."""
        side = "breaks" if self.broken else "keeps"
        return f"{self.definition.form}-{self.definition.language}-{side}-{'-'.join(rule.id for rule in self.rules)}"


def told(definition: Definition, values: dict[str, str], attachments: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """All findings of a filing with these values, read without a fault."""
    findings, _ = check(
        definition, readings(definition, values), pages_seen=range(1, 9), attachments=attachments,
        on=day_for(definition),
    )  # fmt: skip
    return findings


def forms() -> dict[str, dict[str, Definition]]:
    """Each form in each language: the edition in use on the day, else its first one. All editions share their rules."""
    chosen: dict[str, dict[str, Definition]] = {}
    for one in sorted(load_catalogue([BUILTIN]), key=lambda one: (not one.valid_on(ON), one.valid_from or ON)):
        chosen.setdefault(one.form, {}).setdefault(one.language, one)
    return chosen


def checking_rules(definition: Definition) -> tuple[Rule, ...]:
    """The rules that find something; the others only tell."""
    return tuple(rule for rule in definition.rules if rule.kind not in NOTES)


def keeping(definition: Definition, rules: Sequence[Rule], *, seed: int, choice: int = 0) -> Filing | None:
    """A complete filing in which each of the rules counts and is kept; None where they exclude each other."""
    on = day_for(definition)
    made = sample(definition, seed=seed, extra=0, on=on)
    values, attachments = dict(made.values), list(made.attachments)
    for rule in rules:
        condition = condition_of(rule)
        if condition is not None:
            make(condition, values, definition, holds=rule.kind not in PROHIBITIONS, choice=choice)
        meet_demand(definition, rule, values, attachments)
    whole = sample(definition, given=values, attachments=tuple(dict.fromkeys(attachments)), seed=seed, on=on)
    filing = Filing(definition, dict(whole.values), whole.attachments, tuple(rules), broken=False)
    return filing if not filing.findings and all(_counts(rule, filing) for rule in rules) else None


def _counts(rule: Rule, filing: Filing) -> bool:
    """Whether the rule's condition holds and its fields are there (a prohibition: whether it does not)."""
    condition = condition_of(rule)
    known = Known(filing.definition, readings(filing.definition, filing.values), day_for(filing.definition))
    holds = condition is None or known.holds(condition)
    if rule.kind in PROHIBITIONS:
        return not holds
    return bool(holds) and (not rule.fields or any(key in filing.values for key in rule.fields))


def breaking(definition: Definition, rules: Sequence[Rule], *, seed: int, choice: int = 0) -> Filing | None:
    """The keeping filing with each of the rules broken, and each told; None where there is no such filing."""
    kept = keeping(definition, rules, seed=seed, choice=choice)
    if kept is None:
        return None
    values, attachments = dict(kept.values), list(kept.attachments)
    for rule in rules:
        condition = condition_of(rule)
        if condition is not None and rule.kind in PROHIBITIONS:
            make(condition, values, definition, holds=True)
        break_demand(definition, rule, values, attachments)
    filing = Filing(definition, values, tuple(attachments), tuple(rules), broken=True)
    said = {finding.text for finding in filing.findings}
    return filing if all(rule.text in said for rule in rules) else None


Maker = Callable[..., Filing | None]


def alone(definition: Definition, rule: Rule, maker: Maker) -> Filing:
    """The filing made for this one rule. Raises ValueError where none could be made."""
    return _first(definition, rule, maker)[0]


def together(definition: Definition, rules: Iterable[Rule], maker: Maker) -> list[Filing]:
    """Few filings that do for many rules at once what `alone` does for each."""
    waiting, filings = list(rules), []
    while waiting:
        filing, seed, choice = _first(definition, waiting[0], maker)
        for rule in waiting[1:]:
            filing = maker(definition, [*filing.rules, rule], seed=seed, choice=choice) or filing
        filings.append(filing)
        done = {rule.id for rule in filing.rules}
        waiting = [rule for rule in waiting if rule.id not in done]
    return filings


def _first(definition: Definition, rule: Rule, maker: Maker) -> tuple[Filing, int, int]:
    for seed, choice in TRIES:
        filing = maker(definition, [rule], seed=seed, choice=choice)
        if filing is not None:
            return filing, seed, choice
    raise ValueError(f"{definition.form} {rule.id}: no filing could be made by {maker.__name__}")


def papers() -> list[Filing]:
    """The few papers on which all rules are kept and broken, every other one in Swedish."""
    found = []
    for number, form in enumerate(forms().values()):
        made = [one for maker in (keeping, breaking) for one in together(form["fi"], checking_rules(form["fi"]), maker)]
        found += [replace(one, definition=form["fi" if (number + n) % 2 else "sv"]) for n, one in enumerate(made)]
    return found


def pairs() -> list[tuple[Rule, Filing, Filing]]:
    """Each rule with the filing that keeps it and the one that breaks it, one of them in Finnish, one in Swedish."""
    found = []
    for form in forms().values():
        for number, rule in enumerate(checking_rules(form["fi"])):
            languages = ("fi", "sv") if number % 2 else ("sv", "fi")
            kept, broken = (alone(form["fi"], rule, maker) for maker in (keeping, breaking))
            kept, broken = (
                replace(one, definition=form[name]) for one, name in zip((kept, broken), languages, strict=True)
            )
            found.append((rule, kept, broken))
    return found
