"""Opens a point after its settings: the desk for verbs, all parts for `run`; and closes them again."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from intake.base import durable
from intake.base.clock import Clock, SystemClock, today
from intake.base.errors import BadFile, VireilleError
from intake.base.log import logger
from intake.base.settings import Settings
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition
from intake.jail.jail import require_walls
from intake.reader import Reader
from routing_rules.providers import load_providers
from scanners.inlet import Round
from scanners.service import FolderService
from workers.deliver.breaker import Breaker
from workers.deliver.connect import open_queue, open_store
from workers.ledger import ArrivingFile, scans
from workers.ledger.claim import end_leases, is_gone
from workers.ledger.opening import open_blobs, open_ledger
from workers.ledger.places import serve as serve_place
from workers.ledger.scans import PointInlet
from workers.pages.desk import PointDesk
from workers.pages.matters import folders_of
from workers.pages.records import World
from workers.run.health import Health, rests
from workers.run.new_point import load_point_keys
from workers.run.own_rules import take_rules
from workers.run.prefetch import Prefetch
from workers.scan_memory import ScanMemory
from workers.tools import Tools

NOTICES = {"disk_full": "disk_full", "too_many_open": "too_many_open", "away": "away"}
SCRATCH_BYTES = 512 * 1024 * 1024


def definitions_of(settings: Settings) -> tuple[Definition, ...]:
    """All forms this point knows."""
    builtin = (BUILTIN,) if settings.forms.builtin else ()
    return load_catalogue((*builtin, *settings.forms.directories))


def scratch_folder(settings: Settings) -> Path:
    """The folder for plaintext of a moment: in memory where there is room (F-09), else under the data folder."""
    memory = Path("/dev/shm")  # noqa: S108 a tmpfs on purpose; the folder below is ours alone
    has_room = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= SCRATCH_BYTES
    folder = memory / f"vireille-{os.getuid()}-{settings.here.id}" if has_room else settings.here.data / "scratch"
    durable.make_private_folder(folder)
    return folder


@contextmanager
def open_desk(settings: Settings) -> Iterator[PointDesk]:
    """The advisor's desk, for verbs."""
    with open_ledger(settings) as ledger:
        providers = load_providers(settings.providers.directory) if settings.providers else {}
        day = today(SystemClock(), settings.here.as_of)
        world = World(settings.here, providers, definitions_of(settings), day, folders_of(settings.matters))
        at_once = settings.release.model_copy(update={"undo_seconds": 0})
        yield PointDesk(ledger, open_blobs(settings), world, Health(), policy=at_once)


@dataclass(frozen=True, slots=True)
class Running:
    """A point with everything open."""

    tools: Tools
    folders: dict[str, FolderService]
    """By the scanner's id."""
    ahead: Prefetch
    definitions: tuple[Definition, ...]
    health: Health

    def note_round(self, scanner: str, last: Round) -> None:
        """Note what a pass over a folder came to, for the page and for `status`."""
        self.health.report(scanner, None if last.code is None else NOTICES.get(last.code, "away"), scanner)
        files = tuple(ArrivingFile(file.bytes, file.since) for file in last.arriving)
        if not self.health.changed(f"{scanner}/arriving", files):
            return
        try:
            scans.set_arriving(self.tools.ledger, scanner, files)
        except VireilleError as error:
            if not error.transient:
                raise
            self.health.forget(f"{scanner}/arriving")  # a list only; noted as soon as there is room

    def note_trouble(self, part: str, code: str | None) -> None:
        """Note what keeps a worker from working, or None."""
        self.health.report(part, None if code is None else NOTICES.get(code))


@contextmanager
def open_point(settings: Settings, clock: Clock | None = None) -> Iterator[Running]:
    """Open all parts of the point; close them in reverse. Raises BadFile and what the parts raise."""
    clock = clock or SystemClock()
    if settings.providers is None or settings.routing is None:
        raise BadFile(settings.file, "a point needs [providers] directory and [routing] rules")
    require_walls(settings.jail.walls == "required")
    on = today(clock, settings.here.as_of)
    providers = load_providers(settings.providers.directory)
    health = Health()
    rules = take_rules(settings, providers, clock, health)
    definitions = definitions_of(settings)
    with ExitStack() as stack:
        stack.callback(os.umask, os.umask(0o077))  # what libraries write for a moment is ours alone, too
        ledger = stack.enter_context(open_ledger(settings, clock))
        blobs = open_blobs(settings)
        stack.enter_context(durable.locked(settings.here.data, alone=False))  # nothing is restored over a point at work
        reader = stack.enter_context(Reader(definitions, on=on))
        tools = Tools(
            settings=settings, clock=clock, ledger=ledger, blobs=blobs, reader=reader,
            memory=ScanMemory(reader, blobs, partial(scans.noted_pages, ledger)), rules=rules, providers=providers,
            keys=load_point_keys(settings),
            store=open_store(settings.store.url), queue=open_queue(settings.queue.url, create=True),
            breaker=Breaker(clock, partial(rests, health)),
            scratch=scratch_folder(settings),
        )  # fmt: skip
        serve_place(ledger, blobs, [scanner.id for scanner in settings.scanner])
        freed = end_leases(ledger, is_gone)
        if freed:
            logger().info("freed", count=freed)
        inlet, ahead = PointInlet(ledger, blobs), Prefetch(tools.memory, tools.counter)
        folders = {
            scanner.id: FolderService(scanner, inlet=inlet, clock=clock, work=tools.scratch, ahead=ahead.offer)
            for scanner in settings.scanner
        }
        stack.enter_context(_temporary_files_in(tools.scratch))
        yield Running(tools, folders, ahead, definitions, health)


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Let libraries write for a moment into `folder` only, which is in memory where it can be (F-09)."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
