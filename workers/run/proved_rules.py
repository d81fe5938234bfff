"""Loads a point's rules and proves them for every day from today on, or for its fixed day.

A set that holds today holds tomorrow: no date makes a start fail that the day before would not have. Rules that ended
are history, and a point need not know the authorities they speak of.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from intake.base.clock import Clock, today
from intake.base.errors import BadFile
from intake.base.settings import Settings
from intake.forms.load import BUILTIN, load_catalogue
from routing_rules.load import load_rules
from routing_rules.model import Days, RuleSet
from routing_rules.providers import Provider


def proved_rules(
    settings: Settings,
    providers: Mapping[str, Provider],
    clock: Clock,
    *,
    folder: Path | None = None,
    words: bool = False,
) -> RuleSet:
    """The rules in `folder`, left out: in the point's own.

    With `words` the forms, editions, points and providers that rules ask for must exist, too; those that are shipped
    count, for a point that takes few of them shares the rules. A running point does without: a word that is nowhere
    takes no paper, and is no reason to close the counter.

    Raises BadFile.
    """
    here = settings.point
    as_of = here.as_of if here else None
    rules = folder or (settings.routing.rules if settings.routing else None)
    if rules is None:
        raise BadFile(settings.file, "a point needs [routing] rules")
    on = today(clock, as_of)
    forms: defaultdict[str, set[str]] = defaultdict(set)
    if words:
        for definition in (*load_catalogue((BUILTIN,)), *load_catalogue(settings.forms.directories)):
            forms[definition.form].add(definition.edition)
    return load_rules(
        rules, providers=providers, days=Days(first=on, last=on) if as_of else Days(first=on),
        forms=dict(forms) if words else None, point=here.id if here else None,
    )  # fmt: skip
