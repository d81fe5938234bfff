"""Is this machine fit to be a back office? Needs no imaging packages and changes nothing."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509

from intake.base.clock import SystemClock
from intake.base.errors import NotFound, VireilleError
from intake.base.settings import Inbox, Settings
from workers.backoffice.setup import hook_of, trusted
from workers.deliver.connect import open_queue, open_store
from workers.doctor import Examined
from workers.seal import certificates, keyring, keys
from workers.seal.certificates import Use

_NO_BUNDLE = "0" * 32


def examine_office(settings: Settings) -> Iterator[Examined]:
    """Everything an inbox needs; each part by itself, so that one that is missing hides no other."""
    inbox = settings.inbox
    if inbox is None:
        yield Examined(False, f"{settings.file}: neither a [point] nor an [inbox] table; write one of them")
        return
    for name, part in (("key", _key), ("trust", _trust), ("store", _store), ("queue", _queue), ("webhook", _webhook)):
        try:
            yield from part(settings, inbox)
        except VireilleError as error:
            yield Examined(False, f"{name}: {error.message}")


def _key(_: Settings, inbox: Inbox) -> Iterator[Examined]:
    secret, now = keys.passphrase(), SystemClock().now()
    openers = keyring.openers(inbox.key, secret=secret)
    certificate = keyring.identity_beside(inbox.key, secret=secret).certificate
    keys.load_identity(keyring.files(inbox.key.parent, _stem(inbox)).certificate, inbox.key, secret)
    for use in (Use.RECEIVE, Use.SIGN):
        certificates.check(certificate, use, at=now)
    yield Examined(
        True, f"{inbox.key.name} opens what is sealed to {inbox.provider}; {len(openers) - 1} older keys are kept"
    )
    yield _good_for(certificate, now)


def _stem(inbox: Inbox) -> str:
    return inbox.key.name.removesuffix(".key.pem").removesuffix(".pem")


def _good_for(certificate: x509.Certificate, now: datetime) -> Examined:
    days = (certificate.not_valid_after_utc - now).days
    return Examined(days > 30, f"its certificate is good for {days} days; the points must pin the next", blocks=False)


def _trust(settings: Settings, _: Inbox) -> Iterator[Examined]:
    count = len(trusted(settings))
    yield Examined(True, f"{count} point is believed" if count == 1 else f"{count} points are believed")


def _store(settings: Settings, inbox: Inbox) -> Iterator[Examined]:
    _require_there(settings.store.url, "folder:")
    open_store(settings.store.url).head(f"{inbox.provider}/{_NO_BUNDLE}.p7m")
    yield Examined(True, f"store {settings.store.url} answers")


def _queue(settings: Settings, inbox: Inbox) -> Iterator[Examined]:
    _require_there(settings.queue.url, "sqlite:///")
    stats = open_queue(settings.queue.url).stats(inbox.provider)
    yield Examined(True, f"queue: {stats.waiting} waiting, {stats.leased} in work")
    yield Examined(not stats.dead, f"queue: {stats.dead} given up; see 'vireille inbox list'", blocks=False)


def _require_there(url: str, kind: str) -> None:
    """Opening would make what is not there, under an address that is perhaps wrong. Raises NotFound."""
    if url.startswith(kind) and not Path(url.removeprefix(kind)).exists():
        raise NotFound(f"{url} is not there: the address is wrong, or no point has sent anything yet")


def _webhook(settings: Settings, _: Inbox) -> Iterator[Examined]:
    hook = hook_of(settings)
    if hook is not None:
        yield Examined(True, "the case system's address and secret are in order; it is not called by this")
