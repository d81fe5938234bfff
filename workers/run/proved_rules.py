"""Loads a point's rules and proves them for every day from today on, or for its fixed day.

A set that holds today holds tomorrow: no date makes a start fail that the day before would not have. Rules that ended
are history, and a point need not know the authorities they speak of.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from intake.base.clock import Clock, today
from intake.base.errors import BadFile
from intake.base.settings import Settings
from intake.forms.load import BUILTIN, load_catalogue
from routing_rules.load import load_rules
from routing_rules.model import Days, RuleSet
from routing_rules.providers import Provider
from routing_rules.words import KnownForm, KnownWords


def proved_rules(
    settings: Settings,
    providers: Mapping[str, Provider],
    clock: Clock,
    *,
    folder: Path | None = None,
    words: bool = False,
    in_use: bool = False,
) -> RuleSet:
    """The rules in `folder`, left out: in the point's own.

    With `words` the forms, editions, points and providers that rules ask for must exist, too; those that are shipped
    count, for a point that takes few of them shares the rules. A running point does without: a word that is nowhere
    takes no paper, and is no reason to close the counter. A set that is `in_use` may have
    what an earlier release allowed.

    Raises BadFile.
    """
    here = settings.point
    rules = folder or (settings.routing.rules if settings.routing else None)
    if rules is None:
        raise BadFile(settings.file, "a point needs [routing] rules")
    return load_rules(
        rules, providers=providers, days=days_of(settings, clock),
        words=known_words(settings.forms.directories, (here.id,) if here else ()) if words else None,
        in_use=in_use,
    )  # fmt: skip


def days_of(settings: Settings, clock: Clock) -> Days:
    """From today on, or the point's fixed day."""
    as_of = settings.point.as_of if settings.point else None
    on = today(clock, as_of)
    return Days(first=on, last=on) if as_of else Days(first=on)


def known_words(forms: Sequence[Path], points: Sequence[str]) -> KnownWords:
    """The shipped forms and those in the folders `forms`, with their editions and fields, and the `points`."""
    editions: defaultdict[str, set[str]] = defaultdict(set)
    fields: defaultdict[str, set[str]] = defaultdict(set)
    for definition in (*load_catalogue((BUILTIN,)), *load_catalogue(forms)):
        editions[definition.form].add(definition.edition)
        fields[definition.form].update(field.key for field in definition.fields)
    return KnownWords(
        {form: KnownForm(frozenset(found), frozenset(fields[form])) for form, found in editions.items()}, points
    )
