"""Decides where a filing goes: the first rule in force whose conditions all hold. Pure, the same everywhere (I-07)."""

from collections.abc import Mapping
from datetime import date, timedelta

from intake.base.errors import Denied
from intake.base.texts import Text
from routing_rules.calendar import after_workdays, days_left
from routing_rules.conditions import failed_condition, rules_for
from routing_rules.facts import RoutingFacts
from routing_rules.model import Due, Priority, Rule, RuleSet, Target
from routing_rules.near import near
from routing_rules.providers import Provider
from routing_rules.when import Frozen

_NO_RULE = Text(
    fi="Mikään ohjaussääntö ei koske tätä asiaa. Valitse vastaanottaja itse.",
    sv="Ingen styrregel gäller detta ärende. Välj mottagaren själv.",
    en="No routing rule covers this filing. Choose the recipient yourself.",
)
_OWN = Text(
    fi="Asiakirja menee viranomaiselle, jonka lomake se on.",
    sv="Handlingen går till den myndighet vars blankett den är.",
    en="The paper goes to the authority whose form it is.",
)
_NOT_THERE = Text(
    fi="Säännön mukaista vastaanottajaa ei ole käytössä tänä päivänä. Ilmoita ylläpidolle.",
    sv="Mottagaren enligt regeln är inte i bruk denna dag. Meddela administratören.",
    en="The recipient named by the rule is not in use on this day. Tell the operator.",
)


OWN_PROVIDER = "own-provider"
"""The rule's name where no rule speaks of a provider that has no units: it gets its own forms."""


class NoRoute(Denied):
    """A person must choose where the filing goes; `text` says why, `rule` which rule said so, if one did."""

    code = "no_route"

    def __init__(self, message: str, *, text: Text, rule: str | None = None) -> None:
        """`message` is the operators' line, `text` the advisor's sentence."""
        super().__init__(message, text=text)
        self.rule = rule


class Decision(Frozen):
    """The recipient of a filing and the reason."""

    provider: str
    unit: str | None
    rule: str
    reason: Text
    priority: Priority
    version: str
    """The rule set's version."""
    due: date | None = None
    """The day by which the paper is due."""
    hold: Text | None = None
    """A person must let the paper go, for this reason."""


def decide(facts: RoutingFacts, rule_set: RuleSet, providers: Mapping[str, Provider], on: date) -> Decision:
    """The decision for `facts` on the day `on`.

    Raises:
        NoRoute: no rule holds, the rule asks for a person, or its recipient does not exist on that day.
    """
    for rule in rules_for(facts, rule_set):
        if failed_condition(rule, facts, rule_set, on) is None:
            return _decision(rule, rule_set, providers, on)
    provider = providers.get(facts.provider or "")
    if provider is not None and not provider.units and provider.valid_on(on) and not _has_rules(provider, rule_set):
        return Decision(
            provider=provider.id, unit=None, rule=OWN_PROVIDER, reason=_OWN, priority="normal", version=rule_set.version
        )
    raise NoRoute(f"no rule for provider {facts.provider}, form {facts.form}", text=_NO_RULE)


def _has_rules(provider: Provider, rule_set: RuleSet) -> bool:
    return any(provider.id in rule.when.provider for rule in rule_set.rules)


def _decision(rule: Rule, rule_set: RuleSet, providers: Mapping[str, Provider], on: date) -> Decision:
    if rule.to is None:
        raise NoRoute(f"rule {rule.id} asks for a person", text=rule.text, rule=rule.id)
    problem = target_problem(rule.to, providers, on)
    target = rule.to
    if problem is not None and rule.fallback is not None and target_problem(rule.fallback, providers, on) is None:
        target = rule.fallback
    elif problem is not None:
        raise NoRoute(f"rule {rule.id}: {problem}", text=_NOT_THERE, rule=rule.id)
    due, urgent = _due(rule.due, rule_set, on)
    return Decision(
        provider=target.provider,
        unit=target.unit,
        rule=rule.id,
        reason=rule.text,
        priority="urgent" if urgent else rule.priority,
        version=rule_set.version,
        due=due,
        hold=rule.hold,
    )


def _due(due: Due | None, rule_set: RuleSet, on: date) -> tuple[date | None, bool]:
    """The day by which the paper is due, if one is ahead, and whether that is so near that the paper is urgent."""
    if due is None:
        return None, False
    if due.deadline is None:
        return (on + timedelta(days=due.days) if due.days is not None else after_workdays(on, due.workdays or 0)), False
    left = days_left(rule_set.deadlines[due.deadline].dates, on)
    if left is None:
        return None, False
    return on + timedelta(days=left), due.urgent_days is not None and left <= due.urgent_days


def target_problem(target: Target, providers: Mapping[str, Provider], on: date) -> str | None:
    """The obstacle to the recipient on `on`; None if there is none."""
    problem = unknown_target(target, providers)
    if problem is not None:
        return problem
    provider = providers[target.provider]
    unit = provider.unit(target.unit) if target.unit else None
    if not provider.valid_on(on):
        return f"provider '{provider.id}' does not exist on {on.isoformat()}"
    if unit is not None and not unit.valid_on(on):
        return f"unit '{unit.id}' of '{provider.id}' does not exist on {on.isoformat()}"
    return None


def unknown_target(target: Target, providers: Mapping[str, Provider]) -> str | None:
    """The obstacle to the recipient on any day; None if there is such a provider and unit."""
    provider = providers.get(target.provider)
    if provider is None:
        return f"no provider '{target.provider}'{near(target.provider, providers)}"
    if target.unit is None:
        units = ", ".join(unit.id for unit in provider.units)
        return f"provider '{provider.id}' has units; name one of {units}" if provider.units else None
    unit = provider.unit(target.unit)
    if unit is None:
        known = [known_unit.id for known_unit in provider.units]
        return f"provider '{provider.id}' has no unit '{target.unit}'{near(target.unit, known, all_of=True)}"
    return None
