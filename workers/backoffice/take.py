"""Take one leased filing into its folder: fetched, compared, opened, checked against its message, given its name."""

import secrets
import shutil
from pathlib import Path

from intake.base import durable
from intake.base.clock import iso
from intake.base.errors import NotFound, Untrusted
from workers.backoffice.data import data_csv, data_json
from workers.backoffice.forward import is_forwarded
from workers.backoffice.lease import LEASE_FILE, Lease, read_lease, write_lease
from workers.backoffice.office import Office, seen, sign_and_send
from workers.deliver.ports import LEASE_SECONDS, MOST_SECONDS, Leased, Message
from workers.seal.manifest import Manifest, signed_age_days
from workers.seal.open import open_bundle

OLDEST_DAYS = 400.0
MEMORY = Path("/dev/shm")  # noqa: S108 a tmpfs on purpose; the folder below is ours alone
_IN_MEMORY = f"vireille-{durable.TEMP_MARK}"


def sweep(out: Path, now: float) -> None:
    """Remove what a crash left half opened, on disk or in memory: its lease has ended, nobody is at work in it."""
    for path in (*out.glob(f"{durable.TEMP_MARK}*"), *MEMORY.glob(f"{_IN_MEMORY}*")):
        started = path.name.rpartition(durable.TEMP_MARK)[2].split("-", 1)[0]
        if path.is_dir() and started.isdigit() and now - int(started) > LEASE_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def lease_of(office: Office, leased: Leased) -> Lease:
    """The lease by which another run can answer for the message, or give it back."""
    message = leased.message
    return Lease(
        bundle=message.bundle,
        sha256=message.sha256,
        provider=message.provider,
        unit=message.unit,
        token=leased.token,
        received_at=iso(office.clock.now()),
        message=message.to_json(),
    )


def take(office: Office, out: Path, leased: Leased) -> Path | None:
    """The filing's new folder in `out`, or None if it was taken before.

    Raises Untrusted with its code, NotFound (no such object), Away, Denied, Stale, Damaged.
    """
    message = leased.message
    answered = seen(out, message.bundle)
    if answered is not None:  # E-10: answered before; answer again, work on nothing
        if answered.sha256 != message.sha256:
            raise Untrusted("the bundle came before with other bytes; ask the point", code="conflict")
        sign_and_send(office, answered)
        office.queue.ack(leased.token)
        return None
    folder = out / message.bundle
    lease = lease_of(office, leased)
    if folder.is_dir() and (office.keeper is None or (folder / LEASE_FILE).is_file()):
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
    name = f"{durable.TEMP_MARK}{int(now.timestamp())}-{secrets.token_hex(4)}"
    in_memory = office.keeper is not None and MEMORY.is_dir()  # a kept filing lies plain on no disk
    scratch = MEMORY / f"vireille-{name}" if in_memory else folder.with_name(name)
    durable.make_folder(scratch)
    try:
        sealed = scratch / "bundle.p7m"
        try:
            found = office.store.get(message.object, sealed)
        except NotFound as error:  # E-11: it may still come
            raise NotFound("the bundle is not in the store; is [store] the one that the points use?") from error
        if found != message.sha256:  # F-01, E-07
            raise Untrusted("the bundle in the store is not the one the message names", code="altered")
        filing = scratch / "filing"
        manifest = open_bundle(sealed, office.openers, office.points, filing, now=now, providers=(office.provider,))
        _check_fits(office, message, manifest)
        if office.keeper is not None:
            office.keeper.keep(manifest, filing, lease)
            durable.make_folder(folder)
            write_lease(folder, lease)
            return
        durable.write(filing / "data.json", data_json(manifest))
        durable.write(filing / "data.csv", data_csv(manifest))
        write_lease(filing, lease)
        durable.move(filing, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _check_fits(office: Office, message: Message, manifest: Manifest) -> None:
    """F-02, F-03: the signed content names this bundle and this provider, and is not from long ago."""
    named = (message.bundle, message.provider, manifest.unit if is_forwarded(office, message) else message.unit)
    if (manifest.bundle, manifest.provider, manifest.unit) != named:
        raise Untrusted("the message and the signed content name different bundles, providers or units", code="altered")
    if signed_age_days(manifest, office.clock.now()) > OLDEST_DAYS:
        raise Untrusted(f"the bundle was handed over more than {OLDEST_DAYS:.0f} days ago", code="too_old")
