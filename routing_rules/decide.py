"""Decides where a filing goes: the first rule in force whose conditions all hold. Pure, the same everywhere (I-07)."""

from collections.abc import Mapping
from datetime import date

from intake.base.errors import Denied
from intake.base.texts import Text
from routing_rules.facts import Facts
from routing_rules.model import Area, Frozen, Priority, Rule, RuleSet
from routing_rules.providers import Provider

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


def in_area(facts: Facts, area: Area) -> bool:
    """Whether the point's municipality lies in the area; the point's own name decides if none is given."""
    if facts.municipality is None:
        return facts.point in area.points
    return facts.municipality in area.municipalities


def failed_condition(rule: Rule, facts: Facts, areas: Mapping[str, Area], on: date) -> str | None:
    """The name of the first condition of `rule` that does not hold; None if all hold."""
    if not rule.in_force(on):
        return "date"
    when = rule.when
    asked: tuple[tuple[str, tuple[str, ...], str | None], ...] = (
        ("provider", when.provider, facts.provider),
        ("form", when.form, facts.form),
        ("edition", when.edition, facts.edition),
        ("language", when.language, facts.language),
        ("point", when.point, facts.point),
        ("municipality", when.municipality, facts.municipality),
        ("kind", when.kind, facts.kind),
        ("verdict", when.verdict, facts.verdict),
    )
    for name, words, fact in asked:
        if words and fact not in words:
            return name
    if when.area and not any(in_area(facts, areas[name]) for name in when.area):
        return "area"
    return None


def decide(facts: Facts, rule_set: RuleSet, providers: Mapping[str, Provider], on: date) -> Decision:
    """The decision for `facts` on the day `on`.

    Raises:
        NoRoute: no rule holds, the rule asks for a person, or its recipient does not exist on that day.
    """
    for rule in rule_set.rules:
        if failed_condition(rule, facts, rule_set.areas, on) is None:
            return _decision(rule, rule_set.version, providers, on)
    own = providers.get(facts.provider or "")
    if own is not None and not own.units and own.valid_on(on) and not _has_rules(own, rule_set):
        return Decision(
            provider=own.id, unit=None, rule=OWN_PROVIDER, reason=_OWN, priority="normal", version=rule_set.version
        )
    raise NoRoute(f"no rule for provider {facts.provider}, form {facts.form}", text=_NO_RULE)


def _has_rules(provider: Provider, rule_set: RuleSet) -> bool:
    return any(provider.id in rule.when.provider for rule in rule_set.rules)


def _decision(rule: Rule, version: str, providers: Mapping[str, Provider], on: date) -> Decision:
    if rule.to is None:
        raise NoRoute(f"rule {rule.id} asks for a person", text=rule.text, rule=rule.id)
    problem = target_problem(rule, providers, on)
    if problem is not None:
        raise NoRoute(f"rule {rule.id}: {problem}", text=_NOT_THERE, rule=rule.id)
    return Decision(
        provider=rule.to.provider,
        unit=rule.to.unit,
        rule=rule.id,
        reason=rule.text,
        priority=rule.priority,
        version=version,
    )


def target_problem(rule: Rule, providers: Mapping[str, Provider], on: date) -> str | None:
    """The obstacle to the recipient of `rule` on `on`; None if there is none (or the rule asks for a person)."""
    if rule.to is None:
        return None
    provider = providers.get(rule.to.provider)
    if provider is None:
        return f"no provider '{rule.to.provider}'"
    if not provider.valid_on(on):
        return f"provider '{provider.id}' does not exist on {on.isoformat()}"
    if rule.to.unit is None:
        return f"provider '{provider.id}' has units; name one" if provider.units else None
    unit = provider.unit(rule.to.unit)
    if unit is None:
        return f"provider '{provider.id}' has no unit '{rule.to.unit}'"
    if not unit.valid_on(on):
        return f"unit '{unit.id}' of '{provider.id}' does not exist on {on.isoformat()}"
    return None
