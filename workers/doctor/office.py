"""Is this machine fit to be a back office, or the operator's? Needs no imaging packages and changes nothing."""

from collections.abc import Iterator

from intake.base.clock import SystemClock
from intake.base.errors import VireilleError
from intake.base.settings import Inbox, Settings
from workers.backoffice.setup import check_clock, check_trust, hook_of, trusted
from workers.deliver.connect import open_queue, open_store, require_store
from workers.doctor.finding import Examined, how_long, plain
from workers.seal import certificates, keyring, keys
from workers.seal.certificates import Use


def examine_office(settings: Settings) -> Iterator[Examined]:
    """Everything an inbox needs; each part by itself, so that one that is missing hides no other."""
    inbox = settings.inbox
    if inbox is None and settings.operator is not None:
        yield from _operator(settings)
        return
    if inbox is None:
        yield plain(False, f"{settings.file}: no [point], [inbox] or [operator] table; write one of them")
        return
    for name, part in (("key", _key), ("trust", _trust), ("store", _store), ("queue", _queue), ("webhook", _webhook)):
        try:
            yield from part(settings, inbox)
        except VireilleError as error:
            yield plain(False, f"{name}: {error.message}")


def _operator(settings: Settings) -> Iterator[Examined]:
    """Examine what the operator's page needs: the hub, and points whose notes are believed."""
    from workers.operator.overview import hub_of, look

    try:
        found = look(hub_of(settings, SystemClock()))
    except VireilleError as error:
        yield plain(False, error.message)
        return
    yield plain(found.hub_problem is None, f"hub {settings.store.url} answers: {found.hub_problem or 'yes'}")
    heard = sum(point.at is not None for point in found.points)
    yield plain(heard == len(found.points), f"{heard} of {len(found.points)} points were heard of", blocks=False)


def _key(_: Settings, inbox: Inbox) -> Iterator[Examined]:
    secret, now = keys.passphrase(), SystemClock().now()
    openers = keyring.openers(inbox.key, secret=secret)
    certificate = keyring.identity_beside(inbox.key, secret=secret).certificate
    name = inbox.key.name.removesuffix(".key.pem").removesuffix(".pem")
    keys.load_identity(keyring.files(inbox.key.parent, name).certificate, inbox.key, secret)
    for use in (Use.RECEIVE, Use.SIGN):
        certificates.check(certificate, use, at=now)
    yield plain(
        True, f"{inbox.key.name} opens what is sealed to {inbox.provider}; {len(openers) - 1} older keys are kept"
    )
    yield from how_long("office", [certificate], now)


def _trust(settings: Settings, _: Inbox) -> Iterator[Examined]:
    points = trusted(settings)
    check_trust(settings.keys.directory, points, SystemClock())
    named = sorted({point.point for point in points if point.point is not None})
    yield plain(True, f"{len(named)} {'point is' if len(named) == 1 else 'points are'} trusted: {', '.join(named)}")
    for point in points:
        if point.point is None:
            said = f"CA certificate {keys.fingerprint(point.ca)[:23]} is bound to no point"
            yield plain(False, f"trust: {said}; bind it with 'vireille inbox trust FILE --point ID'", blocks=False)


def _store(settings: Settings, inbox: Inbox) -> Iterator[Examined]:
    require_store(settings.store.url)
    store = open_store(settings.store.url)
    next(store.list(f"{inbox.provider}/"), None)
    check_clock("store", store, SystemClock())
    yield plain(True, f"store {settings.store.url} answers")


def _queue(settings: Settings, inbox: Inbox) -> Iterator[Examined]:
    queue = open_queue(settings.queue.url)
    queue.peek(inbox.provider, inbox.unit, 1)
    stats = queue.stats(inbox.provider)
    check_clock("queue", queue, SystemClock())
    yield plain(True, f"queue: {stats.waiting} waiting, {stats.leased} in work")
    yield plain(not stats.dead, f"queue: {stats.dead} given up; see 'vireille inbox dead'", blocks=False)


def _webhook(settings: Settings, _: Inbox) -> Iterator[Examined]:
    hook = hook_of(settings)
    if hook is not None:
        yield plain(True, "the case system's address and secret are in order; it is not called by this")
