"""A rule in Finnish words: when it counts, and what it then looks at. For people who answer for rules, not for code."""

from collections.abc import Callable, Mapping

from intake.check.attachments import attachment_kinds
from intake.check.conditions import Both, Condition, Fact, Not, parse
from intake.check.rules import terms_of
from intake.forms.model import Field, Rule

Options = Mapping[tuple[str, str], str]
"""What is printed beside a choice, by field and option."""
_HETU = ("hetu", "hetu_or_ytunnus")
_VALUES = {"hetu": "henkilötunnus", "ytunnus": "Y-tunnus", "iban": "IBAN-tilinumero", "date": "päivämäärä"}


def when(rule: Rule, fields: Mapping[str, Field], options: Options) -> str:
    """`aina`, or the condition."""
    return "aina" if rule.when is None else "kun " + _said(parse(rule.when), fields, options)


def _said(condition: Condition, fields: Mapping[str, Field], options: Options) -> str:
    if isinstance(condition, Fact):
        return _fact(condition, fields, options)
    if isinstance(condition, Not):
        inner = _said(condition.part, fields, options)
        return f"ei niin, että {f'({inner})' if isinstance(condition.part, Both) else inner}"
    parts = [
        f"({_said(part, fields, options)})" if isinstance(part, Both) else _said(part, fields, options)
        for part in condition.parts
    ]
    return (" tai " if condition.either else " ja ").join(parts)


def _fact(fact: Fact, fields: Mapping[str, Field], options: Options) -> str:
    field = fields.get(fact.key)
    name = called(fact.key, fields)
    if fact.verb in ("filled", "empty"):
        done = {"check": "rastittu", "signature": "allekirjoitettu"}.get(field.kind if field else "", "täytetty")
        return f"{name} on {done}" if fact.verb == "filled" else f"{name} on tyhjä"
    if fact.verb in ("=", "!="):
        chosen = options.get((fact.key, fact.operand), fact.operand)
        return f"{name}: valittu{'' if fact.verb == '=' else ' muu kuin'} “{chosen}”"
    if fact.verb == "is":
        return f"kohdassa {name} on {_VALUES.get(fact.operand, fact.operand)}"
    if fact.verb in ("before", "after"):
        return f"{name} on {'ennen' if fact.verb == 'before' else 'jälkeen'} {fact.operand}"
    if field is not None and field.value in _HETU:
        return f"{name}: {'alle ' + fact.operand if fact.verb == 'under' else 'vähintään ' + _next(fact)} vuotta"
    return f"{name} on {'alle' if fact.verb == 'under' else 'yli'} {fact.operand}"


def _next(fact: Fact) -> str:
    """`over 69` means at least 70 years old."""
    return str(int(fact.operand) + 1)


def called(key: str, fields: Mapping[str, Field]) -> str:
    """The field's printed name in quotes."""
    field = fields.get(key)
    return f"“{field.labels.get('fi', key) if field else key}”"


def looks_at(rule: Rule, fields: Mapping[str, Field]) -> str:
    """The rule's demand, apart from its sentence."""
    names = ", ".join(called(key, fields) for key in rule.fields)
    said = _DEMANDS.get(rule.kind)
    return said(rule, fields, names) if said is not None else rule.kind


def _window(rule: Rule, fields: Mapping[str, Field], names: str) -> str:
    first, _, last = (rule.value or "..").partition("..")
    limits = [_days(first, "aikaisintaan")] if first else []
    limits += [_days(last, "viimeistään")] if last else []
    return f"{names}: {', '.join(limits)}"


def _days(text: str, limit: str) -> str:
    days = int(text)
    if days == 0:
        return f"{limit} jättöpäivänä"
    return f"{limit} {abs(days)} päivää {'ennen jättöpäivää' if days < 0 else 'jättöpäivän jälkeen'}"


def _sum(rule: Rule, fields: Mapping[str, Field], names: str) -> str:
    terms, result = terms_of(rule.value or "")
    said = " ".join(f"{'–' if sign < 0 else '+'} {called(key, fields)}" for sign, key in terms)
    return f"{said.removeprefix('+ ')} = {called(result, fields)}"


def _attachment(rule: Rule, fields: Mapping[str, Field], names: str) -> str:
    kinds = {kind.id: kind.names.fi for kind in attachment_kinds()}
    return "liite: " + " tai ".join(kinds.get(name, name) for name in (rule.attachment or "").split("|"))


_DEMANDS: dict[str, Callable[[Rule, Mapping[str, Field], str], str]] = {
    "required": lambda rule, fields, names: f"täytettävä: {names}",
    "signed": lambda rule, fields, names: f"allekirjoitettava: {names}",
    "forbidden": lambda rule, fields, names: f"jätettävä tyhjäksi: {names}",
    "contradiction": lambda rule, fields, names: f"ristiriita kohdassa {names}" if names else "ristiriita",
    "exactly_one_of": lambda rule, fields, names: f"täsmälleen yksi: {names}",
    "at_least_one_of": lambda rule, fields, names: f"vähintään yksi: {names}",
    "all_or_none": lambda rule, fields, names: f"kaikki tai ei mitään: {names}",
    "in_order": lambda rule, fields, names: f"päivät järjestyksessä: {names}",
    "at_most": lambda rule, fields, names: f"enintään seuraavan suuruinen: {names}",
    "date_window": _window,
    "sum": _sum,
    "attachment": _attachment,
    "note": lambda rule, fields, names: "kerrotaan neuvojalle",
    "wrong_addressee": lambda rule, fields, names: "kerrotaan neuvojalle: väärä vastaanottaja",
}
