"""The back office's side: take filings from the queue, open them into folders, answer with signed receipts.

Promises that a filing appears in the folder whole or not at all; that a bundle that comes again is not worked on again;
that nothing is acknowledged without a receipt; and that what cannot be opened goes back to the queue with a reason, and
after a few times to its dead letters.
"""

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509

from intake.base import durable
from intake.base.clock import Clock, iso
from intake.base.errors import Away, Denied, NotFound, Stale, Untrusted, VireilleError, WrongUse
from workers.backoffice.data import data_csv, data_json
from workers.backoffice.lease import LEASE_FILE, Lease, read_lease, write_lease
from workers.backoffice.reasons import checked_reason
from workers.confirm import Receipt, send_receipt
from workers.deliver.ports import LEASE_SECONDS, MOST_SECONDS, DeadLetter, Leased, Message, Queue, QueueStats, Store
from workers.seal.envelope import Opener
from workers.seal.keys import Identity
from workers.seal.manifest import Manifest, signed_age_days
from workers.seal.open import open_bundle

RETRY_SECONDS = 60.0
OLDEST_DAYS = 400.0
_SEEN = ".seen"


@dataclass(frozen=True, slots=True)
class Office:
    """A provider's inbox and what opens it."""

    provider: str
    unit: str | None
    store: Store
    queue: Queue
    openers: tuple[Opener, ...]
    """The provider's keys, current first, old ones after it."""
    cas: tuple[x509.Certificate, ...]
    """The points that are trusted."""
    clock: Clock
    identity: Identity | None = None
    """Signs receipts; None: this machine only reads."""


@dataclass(frozen=True, slots=True)
class Received:
    """A filing in its folder."""

    bundle: str
    folder: Path
    form: str | None
    unit: str | None
    handed_over: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A bundle that could not be taken, and why; it went back to the queue."""

    bundle: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Round:
    """What one `receive` did."""

    received: tuple[Received, ...]
    repeated: tuple[str, ...]
    """Bundle ids that had come before; nothing was done again."""
    failed: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """How the inbox stands. `waiting` names what the queue can show without taking it."""

    stats: QueueStats
    waiting: tuple[Message, ...]
    dead: tuple[DeadLetter, ...]


def overview(office: Office) -> Overview:
    """Look at the queue without taking anything."""
    queue, provider = office.queue, office.provider
    return Overview(queue.stats(provider), queue.peek(provider, office.unit), queue.dead_letters(provider))


def receive(office: Office, out: Path, most: int = 100) -> Round:
    """Take up to `most` filings into `out`, one folder each named by its bundle id.

    Renews the leases of filings that lie there unanswered. Raises Away, DiskFull or Denied; what came by
    then stays.
    """
    durable.make_folder(out)
    _sweep(out, office.clock.now().timestamp())
    renew(office, out)
    received: list[Received] = []
    repeated: list[str] = []
    failed: list[Failure] = []
    while len(received) < most and (leased := office.queue.receive(office.provider, office.unit, LEASE_SECONDS)):
        bundle = leased.message.bundle
        if any(one.bundle == bundle for one in failed):
            office.queue.extend(leased.token, RETRY_SECONDS)
            break
        try:
            folder = _take(office, out, leased)
        except (Away, Denied) as error:  # the store's or the disk's fault: every other message would fail too
            _give_back(office, leased, error.code, blame=False)
            raise
        except VireilleError as error:  # E-11: an object may still come; E-12: what cannot be opened never will
            _give_back(office, leased, error.code, blame=not isinstance(error, NotFound))
            failed.append(Failure(bundle, error.code, error.message))
        else:
            if folder is None:
                repeated.append(bundle)
            else:
                received.append(_received(leased.message, folder))
    return Round(tuple(received), tuple(repeated), tuple(failed))


def renew(office: Office, out: Path) -> None:
    """Keep the leases of what lies in `out` unanswered. One that is lost is not an error: the bundle comes again."""
    for path in sorted(out.glob(f"*/{LEASE_FILE}")):
        try:
            lease = read_lease(path)
            if lease.provider == office.provider:
                office.queue.extend(lease.token, MOST_SECONDS)
        except (Stale, NotFound):
            continue


def ack(office: Office, out: Path, bundle: str) -> Receipt:
    """Say for good that the filing arrived: sign and send the receipt, then finish the message.

    May be repeated. Raises NotFound (no such filing here), Stale (receive again first), WrongUse, Unsealable, Away.
    """
    return _answer(office, out, bundle, outcome="accepted", reason=None, note=None)


def return_(office: Office, out: Path, bundle: str, *, reason: str, note: str | None = None) -> Receipt:
    """Send the filing back to the point with a reason code and a note for the advisor, nothing personal in it.

    May be repeated. Raises as `ack`.
    """
    return _answer(office, out, bundle, outcome="returned", reason=checked_reason(reason), note=note)


def _sweep(out: Path, now: float) -> None:
    """Remove what a crash left half opened: its lease has ended, so nobody is at work in it."""
    for path in out.glob(f"{durable.TEMP_MARK}*"):
        started = path.name.removeprefix(durable.TEMP_MARK).split("-", 1)[0]
        if path.is_dir() and started.isdigit() and now - int(started) > LEASE_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _take(office: Office, out: Path, leased: Leased) -> Path | None:
    """The filing's folder, or None if it was taken before."""
    message = leased.message
    seen = _seen(out, message.bundle)
    if seen is not None:  # E-10: answered before; answer again, work on nothing
        if seen.sha256 != message.sha256:
            raise Untrusted("the bundle came before with other bytes; ask the point", code="conflict")
        _send(office, seen)
        office.queue.ack(leased.token)
        return None
    folder = out / message.bundle
    lease = Lease(message.bundle, message.sha256, message.provider, message.unit, leased.token, iso(office.clock.now()))
    if folder.is_dir():
        if read_lease(folder / LEASE_FILE).sha256 != message.sha256:
            raise Untrusted("the bundle came before with other bytes; ask the point", code="conflict")
        write_lease(folder, lease)
        office.queue.extend(leased.token, MOST_SECONDS)
        return None
    _unpack(office, folder, message, lease)
    office.queue.extend(leased.token, MOST_SECONDS)
    return folder


def _unpack(office: Office, folder: Path, message: Message, lease: Lease) -> None:
    now = office.clock.now()
    scratch = folder.with_name(f"{durable.TEMP_MARK}{int(now.timestamp())}-{secrets.token_hex(4)}")
    durable.make_folder(scratch)
    try:
        sealed = scratch / "bundle.p7m"
        if office.store.get(message.object, sealed) != message.sha256:  # F-01, E-07
            raise Untrusted("the bundle in the store is not the one the message names")
        filing = scratch / "filing"
        manifest = open_bundle(sealed, office.openers, office.cas, filing, now=now)
        _check_fits(office, message, manifest)
        durable.write(filing / "data.json", data_json(manifest))
        durable.write(filing / "data.csv", data_csv(manifest))
        write_lease(filing, lease)
        durable.move(filing, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _check_fits(office: Office, message: Message, manifest: Manifest) -> None:
    """F-02, F-03: the signed content names this bundle and this provider, and is not from long ago."""
    if (manifest.bundle, manifest.provider, manifest.unit) != (message.bundle, message.provider, message.unit):
        raise Untrusted("the message and the signed content name different bundles, providers or units")
    if manifest.provider != office.provider:
        raise Untrusted("the bundle is for another provider")
    if signed_age_days(manifest, office.clock.now()) > OLDEST_DAYS:
        raise Untrusted(f"the bundle was handed over more than {OLDEST_DAYS:.0f} days ago", code="too_old")


def _answer(
    office: Office,
    out: Path,
    bundle: str,
    *,
    outcome: Literal["accepted", "returned"],
    reason: str | None,
    note: str | None,
) -> Receipt:
    path = out / bundle / LEASE_FILE
    seen = _seen(out, bundle)
    if seen is not None and seen.outcome != outcome:
        raise WrongUse(f"this bundle was answered before: {seen.outcome}; a receipt is never taken back")
    if seen is not None and not path.is_file():
        return seen
    lease = read_lease(path)
    if seen is None:
        office.queue.extend(lease.token, LEASE_SECONDS)  # Stale here: another machine may be at work on it
        at = office.clock.now()
        made = Receipt(bundle=bundle, sha256=lease.sha256, outcome=outcome, reason=reason, note=note, at=at)
        seen = _send(office, made)
        durable.make_folder(out / _SEEN)
        durable.write(out / _SEEN / f"{bundle}.json", seen.model_dump_json().encode())
    _finish(office, lease, seen)
    durable.remove(path)
    return seen


def _finish(office: Office, lease: Lease, receipt: Receipt) -> None:
    try:
        if receipt.outcome == "accepted":
            office.queue.ack(lease.token)
        else:
            office.queue.return_(lease.token, receipt.reason or "other", receipt.note or "")
    except Stale:  # the receipt stands; when the message comes again it is dropped by its id
        return


def _send(office: Office, receipt: Receipt) -> Receipt:
    if office.identity is None:
        raise WrongUse("no key to sign receipts with; name the provider's key with --key, its certificate beside it")
    known: Sequence[x509.Certificate] = [one.certificate for one in office.openers if one.certificate is not None]
    return send_receipt(office.store, office.provider, receipt, office.identity, known=known)


def _give_back(office: Office, leased: Leased, code: str, *, blame: bool) -> None:
    try:
        office.queue.fail(leased.token, code, RETRY_SECONDS, blame=blame)
    except (Stale, Away):  # it comes back by itself when the lease ends
        return


def _seen(out: Path, bundle: str) -> Receipt | None:
    path = out / _SEEN / f"{bundle}.json"
    if not bundle.isalnum():
        raise NotFound("not a bundle id")
    return Receipt.model_validate_json(path.read_bytes()) if path.is_file() else None


def _received(message: Message, folder: Path) -> Received:
    return Received(message.bundle, folder, message.form, message.unit, iso(message.handed_over))
