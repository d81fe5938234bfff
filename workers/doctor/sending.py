"""Examines beforehand what sending will need: keys, certificates, a sealing on trial, store and queue.

Nothing is made or changed at the store and the queue: what is missing there is told as it would be met.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from intake.base.clock import SystemClock, today
from intake.base.errors import VireilleError
from intake.base.settings import Settings
from routing_rules.providers import Provider, load_providers
from workers.deliver.connect import open_queue, open_store, require_store
from workers.deliver.ports import Queue
from workers.doctor.finding import Examined, finding, how_long, plain
from workers.run.new_point import load_point_keys
from workers.seal.manifest import Content, Routing, Versions
from workers.seal.seal import Original, PointKeys, SealInput, check_signer, pinned_certificate, recipients_for, seal


def examine_sending(settings: Settings, scratch: Path) -> Iterator[Examined]:
    """The point's own keys, then each provider of today, then store and queue. Raises BadFile from the settings' files.

    `scratch`: where a bundle may lie for a moment.
    """
    now = SystemClock().now()
    on = today(SystemClock(), settings.here.as_of)
    known = load_providers(settings.providers.directory) if settings.providers else {}
    providers = [provider for provider in known.values() if provider.valid_on(on)]
    try:
        point = load_point_keys(settings)
        check_signer(point, settings.here.id, now=now)
        yield from how_long("signing", [point.signer.certificate], now)
        yield from how_long("ca", [point.ca], now)
        for provider in providers:
            yield _sealed_on_trial(provider, point, settings.here.id, scratch, now)
    except VireilleError as error:
        yield finding("unsealed", problem=error.message)
    for provider in providers:
        if provider.certificates:
            yield from _pins(provider, now)
    yield from _store(settings)
    yield from _queue(settings, [provider for provider in providers if provider.certificates])


def _sealed_on_trial(provider: Provider, point: PointKeys, name: str, scratch: Path, now: datetime) -> Examined:
    """As a filing is, to today's certificates; the bundle is thrown away."""
    if not provider.certificates:
        return finding("no_certificate", blocks=False, provider=provider.id)
    content = Content(
        filing="doctor", point=name, provider=provider.id, handed_over=now, pages=(),
        routing=Routing(rule="doctor", reason=provider.names, priority="normal", rule_set="none"),
        versions=Versions(software="doctor"),
    )  # fmt: skip
    try:
        recipients = recipients_for(provider.certificates, now=now)
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            seal(SealInput(content, (Original(b"%PDF"),)), recipients, point, into=Path(folder), now=now)
    except VireilleError as error:
        return finding("provider_held", provider=provider.id, problem=error.message)
    return plain(True, f"{provider.id}: a bundle was sealed to {len(recipients)} of its certificates, on trial")


def _pins(provider: Provider, now: datetime) -> Iterator[Examined]:
    """Report certificates that end soon; the trial has reported one that does not fit its pin."""
    try:
        found = [pinned_certificate(pin) for pin in provider.certificates]
    except VireilleError:
        return
    yield from how_long("provider", found, now, provider=provider.id)


def _store(settings: Settings) -> Iterator[Examined]:
    url = settings.store.url
    try:
        require_store(url)
        next(open_store(url).list("doctor/"), None)
        yield plain(True, f"store {url} answers")
    except VireilleError as error:
        yield finding("store", problem=error.message)


def _queue(settings: Settings, providers: list[Provider]) -> Iterator[Examined]:
    try:
        queue = open_queue(settings.queue.url)
    except VireilleError as error:
        yield finding("queue", problem=error.message)
        return
    waiting = 0
    for provider in providers:
        try:
            stats = queue.stats(provider.id)
            _require_units(queue, provider)
        except VireilleError as error:
            yield finding("queue_of", provider=provider.id, problem=error.message)
            continue
        waiting += stats.depth
        if stats.dead:
            yield finding("given_up", blocks=False, provider=provider.id, count=stats.dead)
    yield plain(True, f"queue: {waiting} filings wait for {len(providers)} providers")


def _require_units(queue: Queue, provider: Provider) -> None:
    """Where each unit has a queue of its own, all must be there. Raises Denied."""
    for unit in provider.units:
        queue.peek(provider.id, unit.id, 1)
