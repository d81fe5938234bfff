"""A recipient that an advisor chose by hand, for paper that no rule covers."""

from collections.abc import Mapping
from datetime import date

from intake.base.texts import Text
from routing_rules.decide import Decision, NoRoute
from routing_rules.providers import Provider

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


def chosen(provider: str, unit: str | None, providers: Mapping[str, Provider], *, on: date) -> Decision:
    """The advisor's choice as a decision. Raises NoRoute if that provider or unit does not exist on the day."""
    there = providers.get(provider)
    known_unit = there is not None and (unit is None or there.unit(unit) is not None)
    if there is None or not there.valid_on(on) or not known_unit:
        raise NoRoute("the recipient chosen by hand does not exist on this day", text=_NOT_THERE, rule=RULE)
    return Decision(provider=provider, unit=unit, rule=RULE, reason=_WHY, priority="normal", version="by-hand")
