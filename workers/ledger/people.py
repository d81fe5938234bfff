"""Decisions of people at the counter: release, hold, look. Joins are in `joins`. Names and reasons are sealed.

Each call may name the version of the filing that the person saw; if somebody changed it meanwhile, nothing is
overwritten and the answer says when it was changed and by whom (G-06).
"""

from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from intake.base.clock import parse_iso
from intake.base.errors import NotFound, Stale, WrongUse
from intake.base.states import State
from intake.base.texts import Text
from workers.ledger import stored
from workers.ledger.audit import Event, record
from workers.ledger.database import Ledger
from workers.ledger.history import judged_of, note_judged
from workers.ledger.recent import release_in
from workers.ledger.schema import events, filings, refused, scans
from workers.ledger.stored import Changes
from workers.ledger.vault import Json

SENT_BY_POST = "sent_by_post"
_HELSINKI = ZoneInfo("Europe/Helsinki")
_NOT_YET = Text(
    fi="Asiaa ei voi vielä vapauttaa tai se on jo lähtenyt.",
    sv="Ärendet kan inte ännu frigöras eller har redan gått i väg.",
    en="The filing cannot be released yet, or it has already gone.",
)


@dataclass(frozen=True, slots=True)
class Person:
    """The deciding person, the reason, and how the identity was checked (the kind of document, never a number)."""

    advisor: str | None = None
    reason: str | None = None
    identity: str | None = None
    contact: str | None = None
    """Phone or e-mail, if the customer wishes to hear when the provider returns the filing."""
    message: str | None = None
    """What the authority shall read; it travels in the bundle."""
    version: int | None = None
    """The version of the filing the person saw; None skips the check."""

    def private(self) -> dict[str, object]:
        """The part that is sealed."""
        values = {
            "advisor": self.advisor, "reason": self.reason, "identity": self.identity, "contact": self.contact,
            "message": self.message,
        }  # fmt: skip
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient that a person chose by hand."""

    provider: str
    unit: str | None = None


def release(
    ledger: Ledger, filing: str, person: Person, recipient: Recipient | None = None, *, pause: float = 0.0
) -> State:
    """Let a waiting, held or returned filing go on; returns the state it goes on from.

    With `pause` it is worked on only after so many seconds, so that it can be taken back meanwhile.
    A filing held in the middle of the walk goes on where it stopped, with fresh tries; one that was corrected since is
    routed and sealed anew, and a sealed one is sealed anew if a message or a contact is to travel with it. A recipient
    chosen by hand stands until another, or another form, is chosen; the event's code names it, so that it is known for
    as long as the event is.
    Raises NotFound, Stale, WrongUse.
    """
    with ledger.write() as connection:
        row = seen(connection, ledger, filing, person)
        to = _goes_on_from(row)
        values: dict[str, object] = {"held_from": None, "attempt": 0, "crashes": 0, "reason": None}
        code = None
        if to is State.DELIVERED and person.message:
            raise WrongUse(_GONE.en, code="already_gone", text=_GONE)
        news = bool(person.message or person.contact or recipient)
        if to is State.SEALED and (news or _corrected_since(connection, filing, to)):
            person = _as_said_before(connection, ledger, filing, person)
            to = State.READY
        if to is State.ROUTED and _corrected_since(connection, filing, to):
            to = State.READY
        if recipient is not None:
            to = _decided_again(to)
            code = "/".join(part for part in (recipient.provider, recipient.unit) if part)
            values |= stored.values_of(connection, ledger, filing, Changes(facts={"chosen": asdict(recipient)}))
            values |= {"provider": recipient.provider, "unit": recipient.unit}
        if row["bundle"] is not None and to not in {State.SEALED, State.DELIVERED}:  # the next has a name of its own
            values |= {"sealing": row["sealing"] + 1}
        if pause:
            values |= {"busy_until": ledger.leases.now() + pause, "busy_boot": ledger.leases.boot()}
        if to is State.ACCEPTED:
            mine = scans.c.leader == row["scan"]
            connection.execute(scans.update().where(mine).values(refused=None))
            connection.execute(delete(refused).where(refused.c.sha256.in_(select(scans.c.sha256).where(mine))))
        change(connection, ledger, row, to, values)
        event = Event(
            "released", "advisor", filing, start=row["state"], state=to.value, code=code, private=person.private()
        )
        record(connection, ledger, event)
        return to


def _goes_on_from(row: RowMapping) -> State:
    state = State(row["state"])
    if state in {State.WAITING, State.RETURNED}:
        return State.READY
    if state is not State.HELD:
        raise WrongUse(_NOT_YET.en, code="not_waiting", text=_NOT_YET)
    before = State(row["held_from"] or State.WAITING)
    return State.READY if before in {State.WAITING, State.CHECKED, State.RETURNED} else before


def _decided_again(to: State) -> State:
    """From where a filing goes on so that its recipient is decided anew. Raises WrongUse if it has gone."""
    if to is State.DELIVERED:
        raise WrongUse(_GONE.en, code="already_gone", text=_GONE)
    return State.READY if to is State.ROUTED else to


def _corrected_since(connection: Connection, filing: str, state: State) -> bool:
    """Whether a person put something right since the filing came to `state`: route or bundle do not know of it."""
    newest = select(func.max(events.c.id)).where(events.c.filing == filing)
    corrected = connection.execute(newest.where(events.c.what == "corrected")).scalar()
    moved = connection.execute(newest.where(events.c.state == state.value, events.c.what == "moved on")).scalar()
    return corrected is not None and corrected > (moved or 0)


def _as_said_before(connection: Connection, ledger: Ledger, filing: str, person: Person) -> Person:
    """The person with what was said for the bundle that is sealed again, as far as it is not said anew."""
    before = release_in(connection, ledger, filing)
    if before is None:
        return person
    identity = before.identity if person.identity in {None, "none"} else person.identity
    contact, message = person.contact or before.contact, person.message or before.message
    return replace(person, identity=identity or None, contact=contact or None, message=message or None)


def hold(ledger: Ledger, filing: str, person: Person, code: str = "by_advisor") -> int:
    """Stop a filing that has not left yet; returns the version that this made of it.

    `code` is `SENT_BY_POST` where the paper itself goes by post: then it is not delivered as well, unless released.
    Raises NotFound, Stale, WrongUse (delivered, or this moment on its way).
    """
    with ledger.write() as connection:
        row = seen(connection, ledger, filing, person)
        state = State(row["state"])
        if state is State.HELD:
            values: dict[str, object] = {"reason": code}
        else:
            if state is State.DELIVERED or (state is State.SEALED and row["worker"] is not None):
                raise WrongUse("the filing has already gone to the provider", code="already_gone", text=_GONE)
            values = {"held_from": state.value, "reason": code}
        change(connection, ledger, row, State.HELD, values)
        start, end = state.value, State.HELD.value
        event = Event("held", "advisor", filing, start=start, state=end, code=code, private=person.private())
        record(connection, ledger, event)
        return int(row["version"]) + 1


def correct(ledger: Ledger, filing: str, person: Person, changes: Changes, correction: Json) -> int:
    """A person puts right what was read of a filing; it is judged anew and stays where it is. Returns its new version.

    `changes` hold the corrections so far and the new judgement, `correction` the new one, kept with the person's name.
    Its code says whether a value was corrected or confirmed, or a place said to be filled. Raises NotFound, Stale,
    WrongUse.
    """
    with ledger.write() as connection:
        row = seen(connection, ledger, filing, person)
        if row["state"] not in {State.WAITING.value, State.HELD.value, State.RETURNED.value}:
            message = f"{filing} is {row['state']}; what was read of it can be corrected only while it waits"
            raise WrongUse(message, text=_WAITS_NOT)
        if row["held_from"] == State.DELIVERED.value:
            raise WrongUse(_GONE.en, code="already_gone", text=_GONE)
        values = stored.values_of(connection, ledger, filing, changes)
        values["reason"] = changes.reason if row["state"] == State.WAITING.value else row["reason"]
        still = (filings.c.id == filing) & (filings.c.version == row["version"])
        after = {"version": row["version"] + 1, "fence": row["fence"] + 1, **stored.FREE, **values}
        connection.execute(filings.update().where(still).values(**after))
        if changes.documents:
            at = connection.execute(select(scans.c.handed_over).where(scans.c.sha256 == row["scan"])).scalar_one()
            note_judged(connection, judged_of(ledger, filing, changes.documents, at))
        said = person.private() | correction
        event = Event("corrected", "advisor", filing, code=str(correction["code"]), private=said)
        record(connection, ledger, event)
        return int(after["version"])


def note_why(ledger: Ledger, filing: str, person: Person, code: str) -> None:
    """Note why the matter came on paper, as the customer says; the newest word counts. Raises NotFound.

    The code is about no person and outlives the content, for the figures.
    """
    with ledger.write() as connection:
        row_of(connection, filing)
        record(connection, ledger, Event("why on paper", "advisor", filing, code=code, private=person.private()))


def dismiss(ledger: Ledger, number: int, person: Person, *, back: bool = False) -> None:
    """A person has seen to a refused file: the list shows it no more. `back` undoes it. Raises NotFound."""
    with ledger.write() as connection:
        row = update(refused).where(refused.c.id == number).values(dismissed=None if back else ledger.now())
        if connection.execute(row).rowcount != 1:
            raise NotFound("no such file")
        what = "shown again" if back else "dismissed"
        record(connection, ledger, Event(what, "advisor", code=str(number), private=person.private()))


_WAITS_NOT = Text(
    fi="Luettua voi korjata vain, kun paperi odottaa päätöstä. Kokeile hetken päästä uudelleen.",
    sv="Det lästa kan rättas bara medan papperet väntar på beslut. Försök igen om en stund.",
    en="What was read can be corrected only while the paper waits for a decision. Try again in a moment.",
)
_GONE = Text(
    fi="Asia on jo lähtenyt vastaanottajalle.",
    sv="Ärendet har redan gått till mottagaren.",
    en="The filing has already gone to the recipient.",
)


def seen(connection: Connection, ledger: Ledger, filing: str, person: Person) -> RowMapping:
    """The filing's row if it is still as the person saw it. Raises NotFound or Stale."""
    row = row_of(connection, filing)
    if person.version is not None and row["version"] != person.version:
        raise _changed(connection, ledger, filing)
    return row


def row_of(connection: Connection, filing: str) -> RowMapping:
    """The filing's row, ours until the transaction ends. Raises NotFound."""
    found = connection.execute(select(filings).where(filings.c.id == filing).with_for_update()).mappings().first()
    if found is None:
        raise NotFound(f"no filing {filing}")
    return found


def change(connection: Connection, ledger: Ledger, row: RowMapping, to: State, values: dict[str, object]) -> None:
    """The guarded change; a worker that has the filing in hand finds its fencing number outdated."""
    where = (filings.c.id == row["id"]) & (filings.c.version == row["version"])
    start = State(row["state"])
    values = {**values, "fence": row["fence"] + 1}
    changed = stored.change_state(connection, ledger, where, to, values, start=None if start is to else start)
    if changed != 1:
        raise _changed(connection, ledger, row["id"])


_CHANGED = Text(
    fi="Asia on muuttunut sillä välin, kello {at}. Katso se uudelleen ja päätä sitten.",
    sv="Ärendet har ändrats under tiden, klockan {at}. Titta på det på nytt och besluta sedan.",
    en="The filing was changed meanwhile, at {at}. Look at it again, then decide.",
)
_CHANGED_BY = Text(
    fi="{who} ehti ensin ja muutti asiaa kello {at}. Katso se uudelleen ja päätä sitten.",
    sv="{who} hann före och ändrade ärendet klockan {at}. Titta på det på nytt och besluta sedan.",
    en="{who} was first and changed the filing at {at}. Look at it again, then decide.",
)


def _changed(connection: Connection, ledger: Ledger, filing: str) -> Stale:
    """G-06: when and by whom the filing was changed."""
    last = (
        connection.execute(
            select(events).where(events.c.filing == filing, events.c.what != "viewed").order_by(events.c.id.desc())
        )
        .mappings()
        .first()
    )
    who, at = "", ""
    if last is not None:
        at = f"{parse_iso(last['at']).astimezone(_HELSINKI):%H:%M}"
        if last["private"] is not None:
            who = str(ledger.vault.unseal(last["private"], context=f"event/{last['id']}").get("advisor", ""))
    text = _CHANGED_BY.filled(who=who, at=at) if who else _CHANGED.filled(at=at)
    return Stale("the filing was changed meanwhile; look at it again", text=text)
