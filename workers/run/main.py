"""Opens a point after its settings: ledger, tools, watchers, workers and the counter page; and ends it cleanly.

`run` works until SIGTERM or SIGINT; `run_once` works off what is there and returns when only people can go on.
"""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from intake.base import durable
from intake.base.clock import Clock, SystemClock, today
from intake.base.errors import BadFile, Denied, VireilleError
from intake.base.log import logger
from intake.base.settings import Settings, load_settings
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition
from intake.jail.jail import jail_weakness
from intake.reader import Reader
from routing_rules.providers import load_providers
from scanners.inlet import Round
from scanners.service import FolderService
from workers.deliver.breaker import Breaker
from workers.deliver.connect import open_queue, open_store
from workers.journey import COUNTER, POST, RECEIPTS
from workers.ledger import ArrivingFile, Ledger
from workers.ledger.blobs import Blobs
from workers.ledger.database import Here
from workers.ledger.gone import end_leases
from workers.ledger.places import serve as serve_place
from workers.ledger.vault import Vault, load_vault
from workers.ledger.wake import wake
from workers.ledger.work import CRASHED
from workers.loop import Worker
from workers.pages.desk import PointDesk, World
from workers.run import housekeeping
from workers.run.alive import is_gone, worker_name
from workers.run.health import Health, rests
from workers.run.inlet import PointInlet
from workers.run.new_point import VAULT_KEY, load_point_keys
from workers.run.prefetch import Ahead
from workers.run.proved_rules import proved_rules
from workers.run.reload import Announced, Turns, until_new_set
from workers.scan_memory import ScanMemory
from workers.tools import Tools

DRAIN_SECONDS = 20.0
BACKGROUND_NICENESS = 10
NOTICES = {"disk_full": "disk_full", "away": "away"}
SCRATCH_BYTES = 512 * 1024 * 1024


def ledger_url(settings: Settings) -> str:
    """The ledger's address: as set, else SQLite in the data folder."""
    return settings.ledger.url or f"sqlite:///{settings.here.data / 'ledger.db'}"


def open_vault(settings: Settings) -> Vault:
    """The key that everything personal at the point is encrypted with."""
    return load_vault(settings.keys.directory / VAULT_KEY)


@contextmanager
def open_ledger(settings: Settings, clock: Clock | None = None) -> Iterator[Ledger]:
    """The point's ledger, open for verbs."""
    durable.make_folder(settings.here.data)
    here = Here(open_blobs(settings).place(), settings.here.id, settings.here.municipality, settings.here.as_of)
    ledger = Ledger.open(ledger_url(settings), clock=clock or SystemClock(), vault=open_vault(settings), here=here)
    durable.make_private(settings.here.data.glob("ledger.db*"))  # L7: whatever umask it was made under
    try:
        yield ledger
    finally:
        ledger.close()


def open_blobs(settings: Settings) -> Blobs:
    """The point's blobs."""
    return Blobs(settings.here.data / "blobs", open_vault(settings))


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
        world = World(settings.here, providers, definitions_of(settings), today(SystemClock(), settings.here.as_of))
        yield PointDesk(ledger, open_blobs(settings), world, Health())


@dataclass(frozen=True, slots=True)
class Running:
    """A point with everything open."""

    tools: Tools
    folders: dict[str, FolderService]
    """By the scanner's id."""
    ahead: Ahead
    definitions: tuple[Definition, ...]
    health: Health

    def told(self, scanner: str, last: Round) -> None:
        """Note what a pass over a folder came to, for the page and for `status`."""
        self.health.report(scanner, None if last.code is None else NOTICES.get(last.code, "away"))
        files = tuple(ArrivingFile(one.bytes, one.since) for one in last.arriving)
        if not self.health.changed(f"{scanner}/arriving", files):
            return
        try:
            self.tools.ledger.set_arriving(scanner, files)
        except VireilleError as error:
            if not error.transient:
                raise
            self.health.forget(f"{scanner}/arriving")  # a list only; noted as soon as there is room

    def troubled(self, part: str, code: str | None) -> None:
        """Note what keeps a worker from working, or None."""
        self.health.report(part, None if code is None else NOTICES.get(code))


@contextmanager
def open_point(settings: Settings, clock: Clock | None = None) -> Iterator[Running]:
    """Open all parts of the point; close them in reverse. Raises BadFile and what the parts raise."""
    clock = clock or SystemClock()
    if settings.providers is None or settings.routing is None:
        raise BadFile(settings.file, "a point needs [providers] directory and [routing] rules")
    if settings.jail.walls == "required" and (weakness := jail_weakness()):
        raise Denied(f'no file is opened without the full jail: {weakness}. Or set walls = "best" in [jail]')
    on = today(clock, settings.here.as_of)
    providers = load_providers(settings.providers.directory)
    rules = proved_rules(settings, providers, clock)
    definitions = definitions_of(settings)
    health = Health()
    with ExitStack() as stack:
        stack.callback(os.umask, os.umask(0o077))  # what libraries write for a moment is ours alone, too
        ledger = stack.enter_context(open_ledger(settings, clock))
        blobs = open_blobs(settings)
        reader = stack.enter_context(Reader(definitions, on=on))
        tools = Tools(
            settings=settings, clock=clock, ledger=ledger, blobs=blobs, reader=reader,
            memory=ScanMemory(reader, blobs), rules=rules, providers=providers, keys=load_point_keys(settings),
            store=open_store(settings.store.url), queue=open_queue(settings.queue.url, create=True),
            breaker=Breaker(clock, partial(rests, health)),
            scratch=scratch_folder(settings),
        )  # fmt: skip
        serve_place(ledger.database, blobs, [one.id for one in settings.scanner])
        freed = end_leases(ledger.database, is_gone)
        if freed:
            logger().info("freed", count=freed)
        batch = frozenset(one.id for one in settings.scanner if one.lane == "batch")
        inlet, ahead = PointInlet(ledger, blobs, batch=batch), Ahead(tools.memory)
        folders = {
            one.id: FolderService(one, inlet=inlet, clock=clock, work=tools.scratch, ahead=ahead.offer)
            for one in settings.scanner
        }
        stack.enter_context(_temporary_files_in(tools.scratch))
        yield Running(tools, folders, ahead, definitions, health)


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """What libraries write for a moment goes into `folder`, which is in memory where it can be (F-09)."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def run(settings: Settings, announce: Callable[[str], None]) -> None:
    """Watch, work and serve the counter page until SIGTERM; `announce` gets the page's address.

    A new set of rules, providers and forms that `vireille update` took is used from the next paper on (D-08).
    Raises VireilleError when a part could not go on: the process must end with an error and be started anew.
    """
    turns, announced, died = Turns(), Announced(announce), list[str]()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: _told_to_stop(number, turns))
    while turns.another():
        _turn(announced.kept(settings), turns, announced, died)
        settings = settings if turns.over else load_settings(settings.file)
    logger().info("stopped")
    if died:
        raise VireilleError(f"{died[0]} could not go on; the log says why. Put it right and start the point again")


def _turn(settings: Settings, turns: Turns, announce: Callable[[str], None], died: list[str]) -> None:
    """Everything open with one set of rules, providers and forms, until it is over or another set is in use."""
    from workers.pages.serve import listening, serve

    stop = turns.stop
    with listening(settings) as listens, open_point(settings) as running:
        threads = [
            threading.Thread(target=_watched, args=(part, job, turns, died), name=part, daemon=True)
            for part, job in _jobs(running)
        ]
        for thread in threads:
            thread.start()
        try:
            serve(running, listens, stop, announce)
            if not stop.is_set():  # the page ended by itself: so does the point
                turns.end()
        finally:
            stop.set()
            _join(threads)


def _told_to_stop(number: int, turns: Turns) -> None:
    """The first signal asks for a clean end; the next one is obeyed at once (A-13), as safe as any crash."""
    if turns.over:
        os._exit(128 + number)
    turns.end()


def _jobs(running: Running) -> Iterator[tuple[str, Callable[[threading.Event], None]]]:
    """Every part that works by itself, by its name."""
    for scanner in running.folders:
        yield f"folder-{scanner}", partial(_watch, running, scanner)
    yield "ahead", running.ahead.run
    for worker, idle in zip(_workers(running, ""), (0.05, 0.2, 1.0), strict=True):
        part = worker.name.rpartition("/")[2]
        job = partial(worker.run, idle_seconds=idle, told=partial(running.troubled, part))
        yield part, job if part == "counter" else partial(_behind, job)
    yield "housekeeping", partial(housekeeping.run, running.tools)
    yield "updates", partial(until_new_set, running.tools.settings, running.definitions, running.tools.ledger)


def _behind(job: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Work with what processor time the counter leaves: on Linux a niceness is a thread's own."""
    os.nice(BACKGROUND_NICENESS)
    job(stop)


def _workers(running: Running, kind: str) -> tuple[Worker, Worker, Worker]:
    """For the counter, the post and the receipts."""
    tools = running.tools
    post = Worker(worker_name(f"{kind}post"), POST, tools)
    counter = Worker(worker_name(f"{kind}counter"), COUNTER, tools, after=post)
    return counter, post, Worker(worker_name(f"{kind}receipts"), RECEIPTS, tools)


def _watch(running: Running, scanner: str, stop: threading.Event) -> None:
    running.folders[scanner].run(stop, told=partial(running.told, scanner))


def _watched(part: str, job: Callable[[threading.Event], None], turns: Turns, died: list[str]) -> None:
    """Run one part; if it dies for a reason it could not meet, say so and end the whole process for a restart."""
    try:
        job(turns.stop)
    except Exception as error:  # the part's own loop has met all it can; what comes here is a fault of ours
        code = error.code if isinstance(error, VireilleError) else type(error).__name__
        logger().error("part_died", worker=part, code=code)
        died.append(part)
        turns.end()


def _join(threads: Sequence[threading.Thread]) -> None:
    """Let the stages in hand end; what takes longer is abandoned, and done again after the next start."""
    until = time.monotonic() + DRAIN_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def run_once(settings: Settings) -> None:
    """Work off what is in the folders and the ledger; returns when nothing is left that goes on without a person."""
    with open_point(settings) as running:
        wake(running.tools.ledger.database)
        workers = _workers(running, "once-")
        stop = threading.Event()
        while True:
            taken = 0
            for scanner, folder in running.folders.items():
                last = folder.run_once(stop)
                taken += last.taken
                running.told(scanner, last)
            worked = False
            while any(worker.step() for worker in workers):  # the counter's first
                worked = True
            if not taken and not worked and not wake(running.tools.ledger.database, CRASHED):
                return
