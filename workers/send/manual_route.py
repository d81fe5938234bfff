"""Looks up a recipient that a person chose by hand; the choice is obeyed whatever the rules say."""

from collections.abc import Mapping
from datetime import date

from intake.base.errors import WrongUse
from intake.base.texts import Text
from routing_rules.decide import Decision, NoRoute
from routing_rules.providers import Provider, Unit
from workers.facts import Choice
from workers.ledger import Recipient

RULE = "chosen-by-advisor"
_WHY = Text(
    fi="Palveluneuvoja valitsi vastaanottajan.",
    sv="Servicerådgivaren valde mottagaren.",
    en="The advisor chose the recipient.",
)
_NOT_THERE = Text(
    fi="Valittua vastaanottajaa ei ole käytössä tänä päivänä. Valitse toinen.",
    sv="Den valda mottagaren är inte i bruk denna dag. Välj en annan.",
    en="The chosen recipient is not in use on this day. Choose another.",
)
_WHICH = Text(
    fi="Sano, mille viranomaiselle yksikkö kuuluu (--provider). Viranomaiset: {known}.",
    sv="Ange vilken myndighet enheten hör till (--provider). Myndigheter: {known}.",
    en="Name the authority that the unit belongs to (--provider); authorities: {known}.",
)
_NO_PROVIDER = Text(
    fi="Viranomaista ”{name}” ei ole. Viranomaiset: {known}.",
    sv="Det finns ingen myndighet ”{name}”. Myndigheter: {known}.",
    en="There is no authority '{name}'; authorities: {known}.",
)
_NO_UNIT = Text(
    fi="Viranomaisella {provider} ei ole yksikköä ”{name}”. Yksiköt: {known}.",
    sv="Myndigheten {provider} har ingen enhet ”{name}”. Enheter: {known}.",
    en="The authority {provider} has no unit '{name}'; units: {known}.",
)


def choices(providers: Mapping[str, Provider], on: date) -> list[tuple[Provider, tuple[Unit, ...]]]:
    """Every authority of the day with its units of the day, by id."""
    there = (provider for _, provider in sorted(providers.items()) if provider.valid_on(on))
    return [(provider, tuple(unit for unit in provider.units if unit.valid_on(on))) for provider in there]


def named(provider: str | None, unit: str | None, providers: Mapping[str, Provider], *, on: date) -> Recipient:
    """The recipient of these names. Raises WrongUse for one that is not there on the day, naming those that are."""
    known = {authority.id: units for authority, units in choices(providers, on)}
    if provider is None:
        raise _unknown(_WHICH, known, name=unit or "")
    if provider not in known:
        raise _unknown(_NO_PROVIDER, known, name=provider)
    units = [known_unit.id for known_unit in known[provider]]
    if unit is not None and unit not in units:
        raise _unknown(_NO_UNIT, units, name=unit, provider=provider)
    return Recipient(provider, unit)


def _unknown(text: Text, known: Mapping[str, object] | list[str], **names: str) -> WrongUse:
    said = text.filled(known=", ".join(known) or "–", **names)
    return WrongUse(said.en, code="unknown_recipient", text=said)


def chosen(choice: Choice, providers: Mapping[str, Provider], *, on: date) -> Decision:
    """The person's choice as a decision. Raises NoRoute if that provider or unit does not exist on the day any more."""
    try:
        named(choice.provider, choice.unit, providers, on=on)
    except WrongUse as error:
        raise NoRoute("the recipient chosen by hand does not exist on this day", text=_NOT_THERE, rule=RULE) from error
    return Decision(
        provider=choice.provider, unit=choice.unit, rule=RULE, reason=_WHY, priority="normal", version="by-hand"
    )
