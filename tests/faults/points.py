"""Points for fault tests: a recorded reader, short waits, and a way to run one in a process that may be killed."""

import ctypes
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from intake.base import log
from intake.base.settings import Settings, load_settings
from tests.clock import PATIENCE
from tests.faults import recorded
from workers import loop as loop
from workers.deliver.connect import open_store
from workers.ledger import opening, reports, verify
from workers.run import main as main
from workers.run import open_point as open_point
from workers.run.new_point import make_point
from workers.send.reconcile import reconcile

VIREILLE = Path(sys.executable).with_name("vireille")

_DIE_WITH_PARENT = 1
WORKING = {"accepted", "opened", "recognised", "read", "checked", "ready", "routed", "sealed"}
"""States in which nothing waits for a person or a provider."""


@dataclass(frozen=True)
class FaultPoint:
    """A point under fault."""

    folder: Path
    settings: Settings

    @property
    def drop(self) -> Path:
        """Where the scanner writes."""
        return self.folder / "scan" / "tiski-1"

    def scan(self, kind: str, number: int, *, size: int = 0) -> bytes:
        """The scanner writes a paper; returns its bytes."""
        content = recorded.paper(kind, number, size=size)
        (self.drop / f"{kind}-{number}.pdf").write_bytes(content)
        return content

    def in_folder(self) -> list[str]:
        """Papers that are still where the scanner put them."""
        return sorted(path.name for path in self.drop.iterdir() if path.suffix == ".pdf")

    def status(self) -> dict[str, Any]:
        """As `status --json`."""
        with opening.open_ledger(self.settings) as ledger:
            return reports.status(ledger)

    def working(self) -> int:
        """How many filings wait for nobody but us."""
        return sum(count for state, count in self.status()["counts"].items() if state in WORKING)

    def sent(self) -> list[str]:
        """Bundles in the providers' store."""
        return sorted(path.stem for path in (self.folder / "hub").glob("*/*.p7m"))

    def problems(self) -> list[str]:
        """What `verify` and `reconcile` find, and bundles that are not at the provider exactly once."""
        with opening.open_ledger(self.settings) as ledger:
            wrong = [*verify.verify(ledger, opening.open_blobs(self.settings))]
            wrong += reconcile(ledger, open_store(self.settings.store.url)).problems
            filings = reports.status(ledger)["filings"]
        gone = [one["bundle"] for one in filings if one["state"] in {"delivered", "confirmed", "returned"}]
        if sorted(gone) != self.sent():
            wrong.append(f"{len(gone)} delivered, {len(self.sent())} at the providers")
        wrong += [f"bundle {name} {count} times" for name, count in Counter(gone).items() if count > 1]
        return wrong


def fault_point(folder: Path, *, ledger: str | None = None, scanners: int = 1) -> FaultPoint:
    """A demo point with short waits and no text layer."""
    config = make_point(folder, demo=True)
    text = config.read_text("utf-8").replace("quiet_seconds = 0.5 ", "quiet_seconds = 0.05")
    for number in range(2, scanners + 1):
        (folder / "scan" / f"tiski-{number}").mkdir()
        text += (
            f'\n[[scanner]]\nid = "tiski-{number}"\nfolder = "scan/tiski-{number}"\nmode = "local"\n'
            "quiet_seconds = 0.05\n"
        )
    if ledger is not None:
        text += f'\n[ledger]\nurl = "{ledger}"\n'
    config.write_text(text, "utf-8")
    for provider in (folder / "providers").glob("*.toml"):
        given = provider.read_text("utf-8")
        provider.write_text(given.replace("text_layer = true", "text_layer = false"), "utf-8")
    return FaultPoint(folder, load_settings(config))


@contextmanager
def recorded_eyes() -> Iterator[None]:
    """In this process every point that is opened sees by recording."""
    before = open_point.Reader, open_point.definitions_of
    open_point.Reader, open_point.definitions_of = recorded.RecordedReader, lambda _: recorded.catalogue()  # type: ignore[misc]
    try:
        yield
    finally:
        open_point.Reader, open_point.definitions_of = before  # type: ignore[misc]


def warm() -> None:
    """Load once in the parent what every forked process needs."""
    for one in (recorded.COMPLETE, recorded.GAP):
        recorded.written(*one)


def fork(job: Callable[[], object]) -> int:
    """Run `job` in a forked process with a recorded reader; its exit code is 0, or 1 when it raises. Returns its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)  # a test that was killed leaves no point behind
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        sys.stderr = os.fdopen(os.dup(sink), "w")
        log.configure(strict=True)
        with recorded_eyes():
            job()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # the child must never go on as a second test run
        code = 1
    finally:
        os._exit(code)


def ended(child: int, *, within: float = PATIENCE) -> int:
    """The exit code of a forked process, negative for a signal; it must end in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)  # between looks
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sys.stderr.write(f"process {child} did not end\n")
    msg = "it did not end in time"
    raise AssertionError(msg)


def once(point: FaultPoint) -> int:
    """`run --once` in a process of its own; its exit code."""
    return ended(fork(lambda: main.run_once(point.settings)))


@dataclass
class Live:
    """A whole point with its counter page, running in a process of its own."""

    child: int
    address: str

    def stop(self, number: int = signal.SIGTERM, *, within: float = PATIENCE) -> int:
        """Tell it to stop; its exit code."""
        os.kill(self.child, number)
        return ended(self.child, within=within)


def live(point: FaultPoint, before: Callable[[], object] = lambda: None, *, page: bool = True) -> Live:
    """`vireille run` with a recorded reader; returns when its page answers. `before` runs in its process first."""
    reading, writing = os.pipe()

    def job() -> None:
        before()
        main.run(point.settings, lambda address: os.write(writing, f"{address}\n".encode()) and None, page=page)

    child = fork(job)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        address = pipe.readline().strip()
    return Live(child, address)


def command(point: FaultPoint, *words: str | Path) -> str:
    """Run a verb of the real command line on the point; what it prints. It must end well."""
    line = [VIREILLE, *words, "--config", point.settings.file]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def until(holds: Callable[[], bool], *, within: float = PATIENCE, what: str = "it") -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come in {within} s"
        time.sleep(0.02)  # between looks


def notice(address: str, wanted: str, *, scanner: str | None = None, within: float = PATIENCE) -> bool:
    """Whether the counter page's news bring the notice in time, and name the scanner if that is asked."""
    where = urlsplit(address)
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=within)
    answer: http.client.HTTPResponse | None = None
    try:
        line.request("GET", "/events")
        answer = line.getresponse()
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            told = answer.readline().decode()
            news = json.loads(told[5:]) if told.startswith("data:") and told[5:].strip() else {}
            if news.get("notice") == wanted and (scanner is None or news["where"] == [scanner]):
                return True
    except TimeoutError:
        return False
    finally:
        if answer is not None:
            answer.close()  # the news never end, so nothing else closes them
        line.close()
    return False


def work_off(point: FaultPoint, *, tries: int = 20) -> None:
    """Start it again and again until nothing is left that goes on by itself."""
    for _ in range(tries):
        if once(point) == 0 and not point.in_folder() and not point.working():
            return
    msg = f"not worked off: {point.status()['counts']}, {point.in_folder()}"
    raise AssertionError(msg)


def remove(point: FaultPoint) -> None:
    """Forget a point, to make room for the next."""
    shutil.rmtree(point.folder)
