"""Builds the parts of a back office from its settings: keys, trusted points, webhook; and examines them.

What is looked at here is looked at before each round, so that a fault of the office's own is said by its name before
anything is taken from the queue.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from intake.base.clock import Clock, iso
from intake.base.errors import BadFile, CheckFailed, WrongUse
from intake.base.settings import Settings
from workers.backoffice.office import Office
from workers.backoffice.service import Keep
from workers.backoffice.webhook import Hook
from workers.deliver.connect import require_store
from workers.deliver.ports import Queue, Store
from workers.seal import certificates, keyring, keys
from workers.seal.certificates import Use
from workers.seal.envelope import Opener
from workers.seal.keys import Identity
from workers.seal.signature import CLOCK_SLACK
from workers.seal.trust import CA_FILES, TrustedPoint, trusted_points

_OTHERS = 0o077


def examined(office: Office, settings: Settings, key: Path) -> Office:
    """`office` with its keys and trusted points as they are on the disk now.

    Raises BadFile, WrongUse, Unsealable or CheckFailed (`clock`) with what is wrong of key, trust and clock; Away or
    Denied if store or queue do not answer.
    """
    require_store(settings.store.url)
    openers, identity = opening(key)
    points = trusted(settings)
    check_trust(settings.keys.directory, points, office.clock)
    check_clock("store", office.store, office.clock)
    check_clock("queue", office.queue, office.clock)
    return replace(office, openers=openers, identity=identity, points=points)


def opening(key: Path) -> tuple[tuple[Opener, ...], Identity]:
    """The identities that open bundles, current first, and the one that signs receipts.

    Raises BadFile (missing, locked, read by others, not the certificate's key) or Unsealable: the certificate is for
    another use, so that no point can have sealed to it.
    """
    secret = keys.passphrase()
    beside = key.with_name(f"{key.name.removesuffix('.key.pem').removesuffix('.pem')}.cert.pem")
    openers = keyring.openers(key, secret=secret)
    if openers[0].certificate is None:
        raise BadFile(key, "has no certificate beside it (x.cert.pem for x.key.pem)")
    identity = keys.load_identity(beside, key, secret)
    certificates.check(identity.certificate, Use.RECEIVE, at=identity.certificate.not_valid_before_utc)
    return openers, identity


def trusted(settings: Settings) -> tuple[TrustedPoint, ...]:
    """The points whose bundles are believed: every `*ca.pem` among the keys. Raises WrongUse, BadFile."""
    directory = settings.keys.directory
    if not any(directory.glob(CA_FILES)):
        how = "get it from the point, 'vireille inbox trust' puts it there"
        raise WrongUse(f"no point's CA certificate (…ca.pem) in {directory}; {how}")
    return trusted_points(directory, CA_FILES)


def check_trust(directory: Path, points: tuple[TrustedPoint, ...], clock: Clock) -> None:
    """Raises WrongUse if no CA of `points` is valid now: then nothing that is sealed today could be believed."""
    now, cas = clock.now(), [point.ca for point in points]
    if not any(ca.not_valid_before_utc - CLOCK_SLACK <= now <= ca.not_valid_after_utc for ca in cas):
        last = max(ca.not_valid_after_utc for ca in cas)
        raise WrongUse(
            f"no point's CA certificate (…ca.pem) in {directory} is valid now; the last ends {iso(last)}: get the new "
            "one from the point, or set this machine's clock"
        )


def check_clock(name: str, service: Store | Queue, clock: Clock) -> None:
    """This machine's clock against that of the store or queue, if it has one.

    Raises CheckFailed (`clock`): signatures would seem to come from the future, and receipts of ours at the point.
    """
    there = service.now()
    apart = clock.now() - there if there is not None else timedelta()
    if abs(apart) > CLOCK_SLACK:
        how = "ahead of" if apart > timedelta() else "behind"
        raise CheckFailed(
            f"this machine's clock is {round(abs(apart).total_seconds() / 60)} minutes {how} the {name}'s; "
            "set it (NTP), nothing is received until then",
            code="clock",
        )


def keep_of(settings: Settings) -> Keep:
    """How long folders stay, as [inbox] says."""
    return Keep(settings.inbox.keep_days, settings.inbox.lost_days) if settings.inbox else Keep()


def hook_of(settings: Settings) -> Hook | None:
    """The case system that [inbox] names, if it does. Raises BadFile: no secret, or one that others may read."""
    inbox = settings.inbox
    if inbox is None or inbox.webhook is None:
        return None
    if inbox.webhook_secret is None:
        raise BadFile(settings.file, "name the secret's file beside webhook", key="inbox.webhook_secret")
    try:
        return Hook(inbox.webhook, _secret(inbox.webhook_secret))
    except BadFile:
        raise
    except WrongUse as error:
        raise BadFile(settings.file, error.message, key="inbox.webhook") from error


def _secret(path: Path) -> bytes:
    try:
        secret = path.read_bytes().strip()
        readable = path.stat().st_mode & _OTHERS
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror})") from error
    if readable:
        raise BadFile(path, f"may be read by others; run 'chmod 600 {path}'")
    return secret
