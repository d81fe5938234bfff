"""Makes the provider's signed receipt in the back office, and fetches and checks it at the point.

Promises that only a receipt that verifies under a pinned certificate of that provider, valid when it was signed, and
that names this bundle and these bytes, confirms anything (E-13).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Protocol

from cryptography import x509
from pydantic import ConfigDict, Field, StringConstraints

from intake.base.errors import NotFound, Unsealable, Untrusted, VireilleError, WrongUse
from intake.base.filing import Frozen
from workers.deliver.ports import Conflict, Store
from workers.seal import certificates, signature
from workers.seal.certificates import Use
from workers.seal.growing import read_json
from workers.seal.keys import Identity
from workers.seal.manifest import BundleId, Moment, Name, Sha256
from workers.seal.seal import Pinned, pinned_certificate

SCHEMA = 2
"""What an office writes now: 2 has `unit`."""
MOST_BYTES = 100_000
MOST_ATTEMPTS = 9
CLOCK_SLACK = timedelta(minutes=10)
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}$")]


class Receipt(Frozen):
    """A provider's statement about a bundle it got. A receipt of the first release carries no `schema`."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_version: int = Field(default=1, ge=1, alias="schema")
    bundle: BundleId
    sha256: Sha256
    outcome: Literal["accepted", "returned"]
    reason: ReasonCode | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None
    at: Moment
    unit: Name | None = None
    """The unit that has it, also after a forward; of a returned one where it belongs, if the office knows."""


def receipt_key(provider: str, bundle: str, attempt: int = 1) -> str:
    """The key of a receipt in the store."""
    return f"receipts/{provider}/{bundle}{'' if attempt == 1 else f'.{attempt}'}.p7s"


class Confirming(Protocol):
    """A provider as `routing_rules.providers.Provider` has it."""

    @property
    def id(self) -> str:
        """The provider's id."""

    @property
    def certificates(self) -> Sequence[Pinned]:
        """All pinned certificates, old ones included."""


def send_receipt(
    store: Store, provider: str, receipt: Receipt, identity: Identity, *, known: Sequence[x509.Certificate] = ()
) -> Receipt:
    """Sign `receipt` and put it into the store; gives the receipt that now stands for the bundle.

    A receipt of ours that is there already stands: the same outcome again changes nothing. What lies there and is not
    ours is stepped over. `known`: further certificates of this provider, from before a rotation.

    Raises WrongUse if the bundle was answered otherwise before, Unsealable, Away or Denied.
    """
    content = receipt.model_dump_json().encode()
    made = signature.sign_embedded(content, identity, at=receipt.at)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        key = receipt_key(provider, receipt.bundle, attempt)
        try:
            store.put(key, made, hashlib.sha256(made).hexdigest())
            return receipt
        except Conflict:
            earlier = _own(store, key, (identity.certificate, *known))
        if earlier is None or (earlier.bundle, earlier.sha256) != (receipt.bundle, receipt.sha256):
            continue
        if earlier.outcome != receipt.outcome:
            raise WrongUse(f"this bundle was answered before: {earlier.outcome}; a receipt is never taken back")
        return earlier
    raise Conflict("other answers lie where this bundle's receipt belongs; ask the point's operator")


def standing_receipt(
    store: Store, provider: str, *, bundle: str, sha256: str, known: Sequence[x509.Certificate]
) -> Receipt | None:
    """The answer given for these bytes under a certificate of the provider, from whatever machine.

    Raises Away or Denied.
    """
    for attempt in range(1, MOST_ATTEMPTS + 1):
        key = receipt_key(provider, bundle, attempt)
        if store.head(key) is None:
            return None
        found = _own(store, key, known)
        if found is not None and (found.bundle, found.sha256) == (bundle, sha256):
            return found
    return None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A receipt that counts, and the signed bytes it came as, to be kept as proof."""

    receipt: Receipt
    signed: bytes


def fetch_receipt(
    store: Store, provider: Confirming, *, bundle: str, sha256: str, now: datetime, day: date | None = None
) -> Receipt | None:
    """Like `fetch_signed`, without the signed bytes."""
    found = fetch_signed(store, provider, bundle=bundle, sha256=sha256, now=now, day=day)
    return found.receipt if found else None


def fetch_signed(
    store: Store, provider: Confirming, *, bundle: str, sha256: str, now: datetime, day: date | None = None
) -> Fetched | None:
    """The provider's receipt for these bytes, None if there is none yet.

    `day`: the point's fixed day for the windows in the provider file, else the day of the receipt. Raises Untrusted if
    something lies there and nothing of it is a receipt for this bundle; Away or Denied.
    """
    problem: VireilleError | None = None
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            untrusted = store.read(receipt_key(provider.id, bundle, attempt), MOST_BYTES)
            receipt = check_receipt(untrusted, provider.certificates, now=now, day=day)
            if (receipt.bundle, receipt.sha256) == (bundle, sha256):
                return Fetched(receipt, untrusted)
            problem = Untrusted("the receipt is for another bundle or for other bytes")
        except NotFound:
            break
        except Untrusted as error:
            problem = error
    if problem:
        raise problem
    return None


def earlier_receipt(store: Store, provider: Confirming, *, bundle: str, key: str, now: datetime) -> Receipt | None:
    """The provider's receipt for whatever lies under `key`, None if there is none for it.

    For a Conflict after a restore: the same filing was sealed before with the same id and other bytes (a fresh key each
    time), and the ledger has forgotten. That the provider opened and answered it proves that it was ours. Without
    such a receipt a person must look. Raises as `fetch_receipt`.
    """
    try:
        stored = store.sha256(key)
    except NotFound:
        return None
    return fetch_receipt(store, provider, bundle=bundle, sha256=stored, now=now)


def check_receipt(untrusted: bytes, pins: Sequence[Pinned], *, now: datetime, day: date | None = None) -> Receipt:
    """The receipt in `untrusted`, signed under one of `pins` that was valid then. Raises Untrusted."""
    by_certificate = {pinned_certificate(pin): pin for pin in pins}
    content, certificate = signature.verify_embedded(untrusted, tuple(by_certificate))
    receipt = receipt_from_json(content)
    if receipt.at > now + CLOCK_SLACK:
        raise Untrusted("the receipt is from the future")
    pin, chosen = by_certificate[certificate], day or receipt.at.date()
    if (pin.valid_from and chosen < pin.valid_from) or (pin.valid_until and chosen > pin.valid_until):
        raise Untrusted("the receipt is signed with a certificate that the provider file no longer lets count")
    try:
        certificates.check(certificate, Use.SIGN, at=receipt.at)
    except Unsealable as error:
        raise Untrusted(f"the receipt's certificate was not fit: {error.message}") from error
    return receipt


def _own(store: Store, key: str, known: Sequence[x509.Certificate]) -> Receipt | None:
    """Give the receipt that we ourselves signed and put under `key`; None if it is not ours."""
    try:
        content, _ = signature.verify_embedded(store.read(key, MOST_BYTES), known)
        return receipt_from_json(content)
    except (Untrusted, NotFound):
        return None


def receipt_from_json(content: bytes) -> Receipt:
    """The receipt in `content`, grown or not. Raises Untrusted (`malformed`), also for an outcome not known here."""
    return read_json(Receipt, content, "the receipt")
