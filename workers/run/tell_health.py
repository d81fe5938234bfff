"""Tells the hub three times a minute how this point is, in a signed note; what `doctor` finds each quarter of an hour.

The papers never wait for it: it works in a thread of its own behind them. A hub that is away is noted for `status`, and
told once in the log, not each time.
"""

import re
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from intake.base import durable
from intake.base.errors import Stale, VireilleError
from intake.base.log import logger
from intake.base.settings import load_settings
from workers.deliver.connect import require_store
from workers.doctor.finding import Examined
from workers.doctor.point import LOW_WATER_BYTES, examine
from workers.figures.hub import figures_are_due, push_figures
from workers.ledger import reports
from workers.operator.health import (
    CertificateEnd,
    PointHealth,
    Remark,
    ScannerHealth,
    Told,
    WorkGroup,
    last_told,
    note_told,
)
from workers.publish.update import Updating, update
from workers.run.open_point import Running
from workers.seal.keys import load_certificates
from workers.seal.seal import pinned_certificate
from workers.send.notes import Note, send_note

EVERY_SECONDS = 20.0
LOOK_EVERY_SECONDS = 900.0
FIRST_LOOK_SECONDS = 60.0
"""A point that starts has other things to do."""
COUNTER_SECONDS = 60.0
"""So long the look waits for papers at the counter to get their verdict."""
_LONGEST = 600
_PATH = re.compile(r"(?<![\w/])/(?:[^\s/:;,()'\"]+/)+([^\s/:;,()'\"]*)")


@dataclass(slots=True)
class Look:
    """The findings of what is looked at seldom."""

    remarks: tuple[Remark, ...] = ()
    newer_sets: tuple[str, ...] = ()
    dead: dict[str, int] = field(default_factory=dict)


class Teller:
    """Makes the point's health note and sends it; of several processes on one data folder one sends."""

    def __init__(self, running: Running) -> None:
        self._running, self._tools, self._look = running, running.tools, Look()
        self._sends = False

    def run(self, stop: threading.Event) -> None:
        """A note at the start and every `EVERY_SECONDS`, until `stop`; another process's turn is waited for."""
        folder = self._tools.settings.here.data / "notes"
        durable.make_private_folder(folder)
        while not stop.is_set():
            try:
                with durable.locked(folder, alone=True, wait=False):
                    self._sends = True
                    while not stop.is_set():
                        self.tell()
                        stop.wait(EVERY_SECONDS)
            except Stale:
                self.tell()
                stop.wait(EVERY_SECONDS)

    def look_on(self, stop: threading.Event) -> None:
        """See what `doctor` finds now and then, until `stop`; the notes do not wait for it."""
        pause = FIRST_LOOK_SECONDS
        while not stop.wait(pause):
            pause = LOOK_EVERY_SECONDS if self._sends else EVERY_SECONDS
            if self._sends:
                self._tools.counter.turns(COUNTER_SECONDS)()
                code = None
                try:
                    self._look = look_around(self._running)
                except Exception as error:  # as below
                    code = type(error).__name__
                if self._running.health.changed("look", code) and code:
                    logger().warning("health_not_told", code=code)
                _tell_figures(self._running)

    def tell(self) -> None:
        """See how the point is, and send one note if it is this process's turn; what keeps it from that is noted."""
        tools, code = self._tools, None
        try:
            health = self._running.health.newest = health_of(self._running, self._look)
            if not self._sends:
                return
            body = health.model_dump(mode="json")
            note = Note(kind="health", point=tools.settings.here.id, at=tools.clock.now(), body=body)
            require_store(tools.settings.store.url)  # a share that is not mounted hears nothing
            send_note(tools.store, tools.keys.signer, note)
        except VireilleError as error:
            code = error.code
        except Exception as error:  # a fault in what is told must not end the point: its papers come first
            code = type(error).__name__
        if self._running.health.changed("health", code) and code:
            logger().warning("health_not_told", code=code)
        with suppress(VireilleError):  # a full disk has a notice of its own
            heard = tools.clock.now() if code is None else last_told(tools.settings).told
            note_told(tools.settings, Told(told=heard, code=code))


def _tell_figures(running: Running) -> None:
    """Once a day, where the settings ask for it; the next look tries again, and `doctor` says that it failed."""
    tools, code = running.tools, None
    try:
        if figures_are_due(tools.settings, tools.clock.now()):
            push_figures(tools.ledger, tools.settings, tools.keys.signer)
    except VireilleError as error:
        code = error.code
    except Exception as error:  # as above
        code = type(error).__name__
    if running.health.changed("figures", code) and code:
        logger().warning("figures_not_told", code=code)


def health_of(running: Running, look: Look) -> PointHealth:
    """How the point is now. Raises what the ledger raises."""
    tools, wrong = running.tools, running.health.wrong()
    settings, papers = tools.settings, reports.last_papers(running.tools.ledger)
    free = shutil.disk_usage(settings.here.data).free
    scanners = tuple(
        ScannerHealth(id=scanner.id, notice=wrong.pop(scanner.id, None), last_paper=_moment(papers.get(scanner.id)))
        for scanner in settings.scanner
    )
    return PointHealth(
        software=version("vireille"), name=settings.here.name, scanners=scanners,
        notices=tuple(sorted(set(wrong.values()))), disk_free_bytes=free, disk_is_low=free <= LOW_WATER_BYTES,
        certificates=tuple(_ends(running)), rules=tools.rules.version, forms=len(running.definitions),
        taken_set=settings.catalogue, newer_sets=look.newer_sets, work=_work(running), dead=look.dead,
        doctor=look.remarks,
    )  # fmt: skip


def _work(running: Running) -> tuple[WorkGroup, ...]:
    return tuple(
        WorkGroup(
            state=group.state, reason=group.reason, provider=group.provider, count=group.count, late=group.late,
            since=datetime.fromisoformat(group.since),
        )
        for group in reports.open_work(running.tools.ledger)
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _ends(running: Running) -> Iterator[CertificateEnd]:
    """The ends of all certificates that this point works with; what cannot be read is `doctor`'s to say."""
    tools = running.tools
    yield CertificateEnd(whose="point", ends=tools.keys.signer.certificate.not_valid_after_utc)
    yield CertificateEnd(whose="ca", ends=tools.keys.ca.not_valid_after_utc)
    if page := tools.settings.console.certificate:
        yield from _end_of("page", page)
    for provider in tools.providers.values():
        if provider.certificates and provider.valid_on(tools.on()):
            with suppress(VireilleError):
                ends = max(pinned_certificate(pin).not_valid_after_utc for pin in provider.certificates)
                yield CertificateEnd(whose=provider.id, ends=ends)


def _end_of(whose: str, file: Path) -> Iterator[CertificateEnd]:
    with suppress(VireilleError):
        yield CertificateEnd(whose=whose, ends=load_certificates(file)[0].not_valid_after_utc)


def look_around(running: Running) -> Look:
    """Ask `doctor`, and for newer sets at the hub and letters that were given up; an error leaves its part out."""
    tools, found = running.tools, Look()
    remarks = (remark for remark in examine(tools.settings.file) if not remark.ok)
    found.remarks = tuple(_remark(remark) for remark in remarks)
    if tools.settings.updates is not None:
        with suppress(VireilleError):
            settings = load_settings(tools.settings.file, own=True)
            newer: Sequence[int] = update(Updating(settings, tools.store, tools.clock), check=True).newer
            found.newer_sets = tuple(f"{tools.settings.updates.channel}-{number}" for number in newer)
    for provider in tools.providers:
        with suppress(VireilleError):
            if dead := tools.queue.stats(provider).dead:
                found.dead[provider] = dead
    return found


def _remark(found: Examined) -> Remark:
    fi, sv, en = (without_places(text) for text in (found.text.fi, found.text.sv, found.text.en))
    return Remark(text=en, fi="" if fi == en else fi, sv="" if sv == en else sv, blocks=found.blocks)


def without_places(text: str) -> str:
    """A sentence of `doctor` as it may leave the machine: of paths their last part, and no name of this machine."""
    return _PATH.sub(r"…/\1", text).replace(socket.gethostname(), "this machine")[:_LONGEST]
