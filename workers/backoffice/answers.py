"""What an office does with a filing that it received: accept, return, pass on to another unit, give back to the queue.

An answer is a signed receipt and is never taken back. Nothing is signed or sent on a lease that is over: another place
may be at work on the filing.
"""

import contextlib
import shutil
from pathlib import Path
from typing import Literal

from intake.base import durable
from intake.base.clock import iso
from intake.base.errors import Stale, WrongUse
from workers.backoffice import forward, notices
from workers.backoffice.lease import LEASE_FILE, Lease, read_lease
from workers.backoffice.office import SEEN, Office, seen, sign_and_send
from workers.backoffice.reasons import checked_reason
from workers.deliver.ports import LEASE_SECONDS
from workers.send.receipt import SCHEMA, Receipt, standing_receipt


def ack(office: Office, out: Path, bundle: str) -> Receipt:
    """Say for good that the filing arrived: sign and send the receipt, then finish the message.

    May be repeated. Raises NotFound (no such filing here), Stale (receive again first), WrongUse, Unsealable, Away.
    """
    return _answer(office, out, bundle, "accepted", {})


def return_(
    office: Office, out: Path, bundle: str, *, reason: str, note: str | None = None, unit: str | None = None
) -> Receipt:
    """Send the filing back to the point with a reason code and a note for the advisor, nothing personal in it.

    `unit`: where it belongs, as far as the office knows. May be repeated. Raises as `ack`.
    """
    said = {
        "reason": checked_reason(reason),
        "note": note,
        "unit": forward.checked_unit(office, unit) if unit else None,
    }
    return _answer(office, out, bundle, "returned", said)


def pass_on(office: Office, out: Path, bundle: str, unit: str) -> None:
    """Forward the filing to another unit of this provider; its folder here ends.

    Raises NotFound, Stale (nothing was sent), WrongUse (no such unit, or answered), Denied or Away.
    """
    if seen(out, bundle) is not None:
        raise WrongUse("this bundle was answered before; what is answered is not passed on")
    lease = read_lease(out / bundle / LEASE_FILE)
    try:
        forward.forward(office, lease, unit)
    except Stale as error:
        raise _lost(office, lease, out / bundle) from error
    _end(out, bundle)


def give_back(office: Office, out: Path, bundle: str) -> None:
    """The filing waits in the queue again, for whoever comes first; its folder here ends. Raises NotFound, Away."""
    lease = read_lease(out / bundle / LEASE_FILE)
    with contextlib.suppress(Stale):  # it went back by itself
        office.queue.extend(lease.token, 0)
    _end(out, bundle)


def _end(out: Path, bundle: str) -> None:
    """The filing is another's now: what lies here goes, and who takes it next is notified of it."""
    shutil.rmtree(out / bundle, ignore_errors=True)
    notices.forget(out, bundle)


def _answer(
    office: Office,
    out: Path,
    bundle: str,
    outcome: Literal["accepted", "returned"],
    said: dict[str, str | None],
) -> Receipt:
    path = out / bundle / LEASE_FILE
    answered = seen(out, bundle)
    if answered is not None and answered.outcome != outcome:
        raise WrongUse(f"this bundle was answered before: {answered.outcome}; a receipt is never taken back")
    if answered is not None and not path.is_file():
        return answered
    lease = read_lease(path)
    if answered is None:
        try:
            office.queue.extend(lease.token, LEASE_SECONDS)
        except Stale as error:  # another machine may be at work on it: nothing is signed
            raise _lost(office, lease, path.parent) from error
        at = office.clock.now()
        known = {"schema": SCHEMA, "bundle": bundle, "sha256": lease.sha256, "outcome": outcome, "at": at}
        made = Receipt.model_validate({"unit": lease.unit} | known | said)
        answered = sign_and_send(office, made)
        durable.make_folder(out / SEEN)
        durable.write(out / SEEN / f"{bundle}.json", answered.model_dump_json().encode())
    _finish(office, lease, answered)
    durable.remove(path)
    return answered


def _lost(office: Office, lease: Lease, folder: Path) -> Stale:
    """The present holder of the filing, as far as the store shows, and the remedy for the folder, which stays."""
    there = standing_receipt(
        office.store, office.provider, bundle=lease.bundle, sha256=lease.sha256, known=office.certificates
    )
    if there is not None:
        how = f"{there.outcome} ({there.reason})" if there.reason else there.outcome
        return Stale(
            f"nothing was sent: this filing was answered from another place, {how} at {iso(there.at)}, "
            f"and that stands; end the matter there, then take {folder} away",
            code="answered",
        )
    return Stale(
        "nothing was sent: the lease on this filing is over. Run 'vireille inbox receive' with the same --out and "
        f"answer again; if this comes again, a colleague has the filing: leave it to them and take {folder} away"
    )


def _finish(office: Office, lease: Lease, receipt: Receipt) -> None:
    try:
        if receipt.outcome == "accepted":
            office.queue.ack(lease.token)
        else:
            office.queue.return_(lease.token, receipt.reason or "other", receipt.note or "")
    except Stale:  # the receipt stands; when the message comes again it is dropped by its id
        return
