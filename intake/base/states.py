"""The states of a filing, who owns each, how old it may grow there, and which changes are allowed (see STATES.md).

The ledger refuses any change that is not in `TRANSITIONS`, in code and again by a database trigger (D-04). Every state
has an owner and, unless it is final, an age limit, so that nothing waits unseen (D-10).
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from intake.base.texts import Text


class State(StrEnum):
    """The state of a filing on its way."""

    ACCEPTED = "accepted"
    OPENED = "opened"
    RECOGNISED = "recognised"
    READ = "read"
    CHECKED = "checked"
    WAITING = "waiting"
    READY = "ready"
    ROUTED = "routed"
    SEALED = "sealed"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    HELD = "held"
    RETURNED = "returned"
    JOINED = "joined"
    PURGED = "purged"


Owner = Literal["point", "advisor", "provider", "nobody"]


@dataclass(frozen=True, slots=True)
class Standing:
    """The meaning of a state: its owner, its age limit, and its name for people."""

    owner: Owner
    age_limit: timedelta | None
    text: Text


def _standing(owner: Owner, limit: timedelta | None, *texts: str) -> Standing:
    fi, sv, en = texts
    return Standing(owner, limit, Text(fi=fi, sv=sv, en=en))


_MINUTES = timedelta(minutes=10)
_DAY = timedelta(days=1)

STANDING: dict[State, Standing] = {
    State.ACCEPTED: _standing("point", _MINUTES, "Vastaanotettu", "Mottagen", "Accepted"),
    State.OPENED: _standing("point", _MINUTES, "Avattu", "Öppnad", "Opened"),
    State.RECOGNISED: _standing("point", _MINUTES, "Tunnistettu", "Identifierad", "Recognised"),
    State.READ: _standing("point", _MINUTES, "Luettu", "Läst", "Read"),
    State.CHECKED: _standing("point", _MINUTES, "Tarkastettu", "Kontrollerad", "Checked"),
    State.WAITING: _standing("advisor", _DAY, "Odottaa neuvojaa", "Väntar på rådgivaren", "Waiting for the advisor"),
    State.READY: _standing("point", _MINUTES, "Valmis lähtöön", "Klar att sändas", "Ready to go"),
    State.ROUTED: _standing("point", _MINUTES, "Vastaanottaja valittu", "Mottagare vald", "Recipient chosen"),
    State.SEALED: _standing("point", timedelta(hours=1), "Sinetöity", "Förseglad", "Sealed"),
    State.DELIVERED: _standing("provider", timedelta(days=3), "Toimitettu", "Levererad", "Delivered"),
    State.CONFIRMED: _standing("point", timedelta(days=60), "Kuitattu", "Kvitterad", "Confirmed"),
    State.HELD: _standing("advisor", _DAY, "Pysäytetty", "Stoppad", "Held"),
    State.RETURNED: _standing("advisor", _DAY, "Palautettu", "Returnerad", "Returned"),
    State.JOINED: _standing("point", timedelta(days=60), "Yhdistetty toiseen", "Sammanförd", "Joined to another"),
    State.PURGED: _standing("nobody", None, "Hävitetty", "Förstörd", "Purged"),
}

_STAYS_HERE = (
    State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ, State.CHECKED, State.WAITING, State.READY, State.ROUTED,
)  # fmt: skip
_WALK: dict[State, tuple[State, ...]] = {
    State.ACCEPTED: (State.OPENED,),
    State.OPENED: (State.RECOGNISED,),
    State.RECOGNISED: (State.READ,),
    State.READ: (State.CHECKED,),
    State.CHECKED: (State.WAITING, State.READY),
    State.WAITING: (State.READY,),
    State.READY: (State.ROUTED,),
    State.ROUTED: (State.SEALED,),
    State.SEALED: (State.DELIVERED, State.HELD),
    State.DELIVERED: (State.CONFIRMED, State.RETURNED, State.HELD),
    State.CONFIRMED: (State.PURGED,),
    State.HELD: (*_STAYS_HERE, State.SEALED, State.DELIVERED, State.JOINED, State.PURGED),
    State.RETURNED: (State.READY, State.HELD, State.JOINED, State.PURGED),
    State.JOINED: (State.WAITING, State.PURGED),
    State.PURGED: (),
}

TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    [(start, end) for start, ends in _WALK.items() for end in ends]
    + [(start, end) for start in _STAYS_HERE for end in (State.HELD, State.JOINED)]
)
"""Every allowed change. Until it is sealed, a filing may be held or joined at any time."""

BORN = frozenset({State.ACCEPTED, State.RECOGNISED})
"""States in which a filing may come into being: with its scan, or split off when the scan held several filings."""


def allowed(start: State, end: State) -> bool:
    """Whether a filing may go from `start` to `end`."""
    return (start, end) in TRANSITIONS
