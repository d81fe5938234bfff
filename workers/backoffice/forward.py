"""Passes a filing on to another unit of the same provider: the bundle stays sealed as it is, a signed note goes along.

The note stands in the queue's message: CMS by the provider's key over `{"bundle", "sha256", "provider", "to", "at"}`. A
unit takes a bundle that is sealed for another one only with a note that verifies and names these bytes and this unit.
"""

import base64
import binascii
from collections.abc import Mapping

from intake.base.errors import NotFound, Untrusted, WrongUse
from intake.base.filing import Frozen
from intake.base.texts import Text
from routing_rules.providers import BUILTIN, load_provider
from workers.backoffice.lease import Lease
from workers.backoffice.office import Office
from workers.deliver.ports import Message, message_from_json
from workers.seal import signature
from workers.seal.growing import read_json
from workers.seal.manifest import BundleId, Moment, Name, Sha256


class Note(Frozen):
    """That the bundle goes to the unit `to`."""

    bundle: BundleId
    sha256: Sha256
    provider: Name
    to: Name
    at: Moment


def units_of(provider: str) -> Mapping[str, Text]:
    """The units of `provider` by id, as its shipped file names them; {} where it has none."""
    path = BUILTIN / f"{provider}.toml"
    return {unit.id: unit.names for unit in load_provider(path).units} if path.is_file() else {}


def checked_unit(office: Office, unit: str) -> str:
    """`unit`, if the provider has it. Raises WrongUse: nobody would ever look into the queue of a misspelt one."""
    known = units_of(office.provider)
    if unit not in known:
        raise WrongUse(f"'{unit}' is no unit of {office.provider}; it has {', '.join(known) or 'none'}")
    return unit


def forward(office: Office, lease: Lease, unit: str) -> None:
    """Sign the note and give the message to the other unit. Raises WrongUse, NotFound, Stale, Denied or Away."""
    if office.identity is None:
        raise WrongUse("no key to sign with; name the provider's key with --key, its certificate beside it")
    if checked_unit(office, unit) == lease.unit:
        raise WrongUse(f"it is at {unit} already")
    if not lease.message:
        raise NotFound("it was received by an older program; give it back and receive it again, then forward it")
    at = office.clock.now()
    given = {"bundle": lease.bundle, "sha256": lease.sha256, "provider": lease.provider}
    note = Note.model_validate(given | {"to": unit, "at": at})
    signed = signature.sign_embedded(note.model_dump_json().encode(), office.identity, at=at)
    there = {"unit": unit, "forward": base64.b64encode(signed).decode()}
    office.queue.move(lease.token, message_from_json(lease.message).model_copy(update=there))


def is_forwarded(office: Office, message: Message) -> bool:
    """Whether the provider itself sent these bytes to this unit. Raises Untrusted: what goes along is no such note."""
    if message.forward is None:
        return False
    try:
        signed = base64.b64decode(message.forward, validate=True)
        content, _ = signature.verify_embedded(signed, tuple(office.certificates))
    except (binascii.Error, Untrusted) as error:
        raise Untrusted("the note that forwards it is not signed by this provider", code="altered") from error
    note = read_json(Note, content, "the note that forwards it")
    if (note.bundle, note.sha256, note.provider, note.to) != (
        message.bundle, message.sha256, message.provider, message.unit,
    ):  # fmt: skip
        raise Untrusted("the note that forwards it is for another bundle or unit", code="altered")
    return True
