"""The advisor's decisions as the page sends them: send, keep, join, undo, end.

A decision counts only for the filing whose page it was made on, and only by somebody with a name; what must be said
for each is asked for before the ledger is.
"""

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from intake.base.errors import WrongUse
from intake.base.filing import Kind
from intake.base.states import State
from intake.base.texts import Text
from workers.ledger import Person, Recipient
from workers.pages.entries import DeskEntry
from workers.pages.words import ENDINGS, IDENTITIES

NAME_AND_REASON = Text(
    fi="Lomakkeessa on puute. Sano, kuka lähettää sen silti ja miksi.",
    sv="Blanketten har en brist. Säg vem som ändå skickar den och varför.",
    en="something is missing from this form; say who sends it all the same, and why (--advisor NAME --reason TEXT)",
)
NAME = Text(
    fi="Sano, kuka valitsi vastaanottajan.",
    sv="Säg vem som valde mottagaren.",
    en="say who chose the recipient (--advisor NAME)",
)
RECIPIENT = Text(
    fi="Valitse vastaanottaja ensin.",
    sv="Välj mottagare först.",
    en="this is no form we know; choose where it goes (--provider P [--unit U])",
)


IDENTITY = Text(
    fi="Sano, miten henkilöllisyys todettiin; myös ”ei todettu” on vastaus.",
    sv="Säg hur identiteten kontrollerades; även ”inte kontrollerad” är ett svar.",
    en="say how the identity was checked, or that it was not (--identity KIND, such as passport, or none)",
)


class Deciding(Protocol):
    """What a person can have done with a filing. Each raises Stale, WrongUse, NotFound."""

    def entry(self, filing: str) -> DeskEntry:
        """One filing. Raises NotFound."""

    def release(self, filing: str, person: Person, provider: str | None = None, unit: str | None = None) -> State:
        """It goes on, to a recipient chosen by hand if one is named."""

    def hold(self, filing: str, person: Person) -> int:
        """It is kept, or taken back while it is still here; returns its new version."""

    def post(self, filing: str, person: Person) -> int:
        """The paper itself goes by post; it is kept, so that it goes only once. Returns its new version."""

    def replace(self, filing: str, earlier: str, person: Person) -> None:
        """It is a new scan of `earlier`, and goes on in its place."""

    def attach(self, filing: str, into: str, person: Person) -> None:
        """Its pages are an attachment of `into`, which is judged again."""

    def part(self, filing: str, person: Person) -> None:
        """It is not joined to another filing any more."""

    def destroy(self, filing: str, person: Person, ending: str | None) -> None:
        """It is not sent: what was scanned and read is removed."""


class Decision(BaseModel):
    """The decision as the advisor sent it."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    filing: str
    """The filing whose form was filled in."""
    action: str
    version: int
    advisor: str = Field(default="", max_length=80)
    identity: str = Field(default="", max_length=40)
    """A kind, `none`, or nothing said."""
    reason: str = Field(default="", max_length=300)
    contact: str = Field(default="", max_length=120)
    message: str = Field(default="", max_length=1000)
    """What the authority shall read."""
    recipient: str = Field(default="", max_length=130)
    """`provider/unit` where one was chosen by hand."""
    other: str = Field(default="", max_length=40)
    """The other filing, where the decision is about two."""
    ending: str = Field(default="", max_length=40)
    """How the matter ends that is not sent: a code of the page's list, or another one that `reason` tells."""


class Refusal(Exception):
    """A decision that cannot be taken as it was sent; the key of the sentence to show, and the status."""

    def __init__(self, key: str, status: int = 422) -> None:
        super().__init__(key)
        self.key, self.status = key, status


def decide(desk: Deciding, filing: str, said: Decision) -> int | None:
    """Take the advisor's decision; returns the version that it made of a filing that is kept.

    Raises Refusal, NotFound, Stale (G-06), WrongUse.
    """
    if said.filing != filing:
        raise Refusal("other_filing", 409)
    if said.action not in {"release", "hold", "post", "part", "destroy", *_OF_TWO} or said.identity not in {
        "",
        *IDENTITIES,
    }:
        raise Refusal("not_understood", 400)
    if said.action in _OF_TWO and not said.other:
        raise Refusal("not_understood", 400)
    if not said.advisor:
        raise Refusal("need_advisor")
    if said.action in {"release", "hold"}:
        return _send_or_keep(desk, filing, said)
    if said.action == "post":
        return desk.post(filing, Person(advisor=said.advisor, version=said.version))
    if said.action == "destroy":
        _end(desk, filing, said)
    else:
        _of_two(desk, filing, said)
    return None


_OF_TWO = {"replace", "replaced", "attach"}


def _of_two(desk: Deciding, filing: str, said: Decision) -> None:
    person = Person(advisor=said.advisor, version=said.version)
    other_filing = Person(advisor=said.advisor)  # the version that was seen is that of the filing shown
    if said.action == "replace":
        desk.replace(filing, said.other, other_filing)
    elif said.action == "replaced":
        desk.replace(said.other, filing, person)
    elif said.action == "attach":
        desk.attach(filing, said.other, person)
    else:
        desk.part(said.other or filing, other_filing if said.other else person)


def _end(desk: Deciding, filing: str, said: Decision) -> None:
    if said.ending and said.ending not in ENDINGS:
        raise Refusal("not_understood", 400)
    if not said.ending and not said.reason:
        raise Refusal("need_ending")
    by = Person(advisor=said.advisor, reason=said.reason or None, version=said.version)
    desk.destroy(filing, by, said.ending or None)


def _send_or_keep(desk: Deciding, filing: str, said: Decision) -> int | None:
    entry = desk.entry(filing)
    unasked = entry.can_undo if said.action == "hold" else entry.verdict == "complete" and not said.recipient
    if not said.reason and not unasked:
        raise Refusal("need_reason")
    person = Person(
        advisor=said.advisor, reason=said.reason or None, identity=said.identity, contact=said.contact or None,
        message=said.message or None, version=said.version,
    )  # fmt: skip
    if said.action == "release":
        provider, _, unit = said.recipient.partition("/")
        desk.release(filing, person, provider or None, unit or None)
        return None
    return desk.hold(filing, person)


def must_have_said(found: DeskEntry, person: Person, recipient: Recipient | None) -> None:
    """Raises WrongUse for what a person must say before the filing may go."""
    blocked = any(finding.blocks for document in found.documents for finding in document.findings)
    if blocked and not (person.advisor and person.reason):
        raise WrongUse(f"{found.id}: {NAME_AND_REASON.en}", code="need_reason", text=NAME_AND_REASON)
    if found.asks_identity and not person.identity:
        raise WrongUse(f"{found.id}: {IDENTITY.en}", code="need_identity", text=IDENTITY)
    if recipient is not None and not person.advisor:
        raise WrongUse(f"{found.id}: {NAME.en}", code="need_advisor", text=NAME)
    if found.kind not in {None, Kind.FORM.value} and recipient is None and not found.chosen:
        raise WrongUse(f"{found.id}: {RECIPIENT.en}", code="need_recipient", text=RECIPIENT)
