"""Shows the main job, start to end, in a scratch folder: from paper through verdict and bundle to receipt.

Everything is real but the papers: forms are filled and scanned in software, and one person plays both sides, at two of
the pilot's points.
"""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from intake.base import durable
from intake.base.clock import parse_iso
from intake.base.errors import WrongUse
from intake.base.filing import Verdict
from intake.base.settings import load_settings
from intake.base.states import State
from intake.forms.load import BUILTIN, load_catalogue, valid_on
from intake.forms.model import Definition
from intake.trial import fill, sample, scan_pdf, scanned
from workers.backoffice import answers, inbox
from workers.cli.here import called
from workers.cli.office import office
from workers.ledger import Person, people, reports
from workers.ledger.opening import open_ledger
from workers.pages.desk import PointDesk
from workers.pages.labels import title_of
from workers.pages.words import words
from workers.run.main import run_once
from workers.run.new_point import DEMO_DAY, make_point, place_of
from workers.run.open_point import open_desk

Say = Callable[[str], None]
LOOK_SECONDS = 0.1
REASON = "asiakas tuo loput maanantaina"


@dataclass(frozen=True, slots=True)
class Paper:
    """A sample: what the customer hands over at which point; `form` None is a letter."""

    point: str
    form: str | None = None
    language: str = "fi"
    empty: tuple[str, ...] = ()
    """Fields that are left empty."""


PAPERS = (
    Paper("saarijarvi", "vero-14a"),
    Paper("saarijarvi", "kela-sv4", empty=("allekirjoitus",)),
    Paper("saarijarvi"),
    Paper("parainen", "vero-14a", "sv"),
)
PROVIDERS = {"saarijarvi": ("kela", "vero"), "parainen": ("vero",)}
"""Whose back offices are played, by point."""
_COLOURS = {"complete": 32, "incomplete": 31, "unsure": 33}
_SENT = frozenset({State.DELIVERED, State.CONFIRMED})
_JUDGED = frozenset(State) - {State.ACCEPTED, State.OPENED, State.RECOGNISED, State.READ}


@contextmanager
def step(say: Say, what: str) -> Iterator[None]:
    """Say what begins, and afterwards how long it took."""
    say(f"\n{what} ...")
    begun = time.perf_counter()
    yield
    say(f"  ({time.perf_counter() - begun:.1f} s)")


def show_the_job(folder: Path | None, say: Say) -> None:
    """Run the whole job, telling each step through `say`."""
    place = (folder or Path(tempfile.mkdtemp(prefix="vireille-demo-"))).absolute()
    with step(say, "Two of the pilot's points, Saarijärvi and Parainen, on 2 March 2015, with keys for both sides"):
        configs = {point: _point(place / point, point) for point in PROVIDERS}
    with step(say, "Four customers' papers: forms filled by software and scanned, and a letter"):
        scans = list(_scans())
    taken = []
    for point, config in configs.items():
        _customers(config, [(paper, scan) for paper, scan in scans if paper.point == point], say)
        taken += _serve(config, PROVIDERS[point])
    with step(say, "The authorities received, opened and acknowledged; their signed receipts confirm the filings"):
        for config in configs.values():
            run_once(load_settings(config))
    for config in configs.values():
        _tell_all(config, say)
    with step(say, "One bundle opened with nothing but openssl and unzip"):
        _open_by_hand(*taken[0], say)
    _end(place, configs["saarijarvi"], say)


def _point(folder: Path, point: str) -> Path:
    """A demo point whose page has an address that can be told before it runs."""
    config = make_point(folder, demo=True, place=place_of(point, demo=True))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    durable.write(config, config.read_text("utf-8").replace("port = 0", f"port = {port}").encode(), mode=0o644)
    return config


def _scans() -> Iterator[tuple[Paper, bytes]]:
    """The papers as a scanner would deliver them."""
    forms = valid_on(load_catalogue([BUILTIN]), DEMO_DAY)
    known = {(definition.form, definition.language): definition for definition in forms}
    for number, paper in enumerate(PAPERS, start=1):
        if paper.form is None:
            yield paper, scan_pdf((_letter(),))
        else:
            yield paper, filled(known[paper.form, paper.language], paper.empty, seed=number)


@contextmanager
def _running(config: Path, say: Say) -> Iterator["subprocess.Popen[str]"]:
    """The point at work, as `vireille run` starts it; stopped afterwards."""
    here = load_settings(config).here
    begin = [sys.executable, "-c", "from workers.cli import main; main()", "run", "--config", str(config)]
    with (
        step(say, f"{here.name}: customers come, the scanner delivers"),
        subprocess.Popen(begin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process,
    ):
        try:
            assert process.stdout is not None  # noqa: S101 it was asked for
            process.stdout.readline()  # its address: it is at work
            yield process
        finally:
            process.terminate()


def _customers(config: Path, papers: list[tuple[Paper, bytes]], say: Say) -> None:
    """Hand the papers in one after the other; the advisor sends the incomplete one; all but a letter are delivered."""
    with _running(config, say) as process:
        watch = _Watch(config, process, say)
        for number, (paper, scan) in enumerate(papers, start=1):
            durable.write(config.parent / "scan" / "tiski-1" / f"scan{number:03d}.pdf", scan)
            watch.until(_JUDGED, papers=number)
            if paper.empty:
                say(f"           The advisor sends it in spite of its gap, and writes why: ”{REASON}”")
                _release(config)
        watch.until(_SENT | {State.WAITING}, papers=len(papers))


class _Watch:
    """Reports each paper once it is judged and once it is on its way, as the counter page does."""

    def __init__(self, config: Path, process: "subprocess.Popen[str]", say: Say) -> None:
        self._settings, self._process, self._say = load_settings(config), process, say
        self._reported: set[tuple[str, str]] = set()

    def until(self, states: frozenset[State], *, papers: int) -> None:
        """Wait until `papers` filings are there, all in one of `states`. Raises WrongUse: the point ended."""
        while True:
            found = self._look()
            if len(found) >= papers and states.issuperset(found):
                return
            if self._process.poll() is not None:
                raise WrongUse(f"the point ended; see why with: {called()} doctor --config {self._settings.file}")
            time.sleep(LOOK_SECONDS)

    def _look(self) -> list[State]:
        """The states of all filings; what is new about them is said."""
        with open_desk(self._settings) as desk, open_ledger(self._settings) as ledger:
            found = [(filing["id"], State(filing["state"])) for filing in _filings(ledger)]
            for filing, state in found:
                if state in _JUDGED and self._first(filing, "judged"):
                    _tell(desk, filing, self._say)
                if state in _SENT and self._first(filing, "sent"):
                    _tell_sent(desk.shown(filing), self._say)
        return [state for _, state in found]

    def _first(self, filing: str, news: str) -> bool:
        known = (filing, news) in self._reported
        self._reported.add((filing, news))
        return not known


def _filings(ledger: Any) -> list[dict[str, Any]]:  # noqa: ANN401 as `status --json` prints it
    found: Any = reports.status(ledger)["filings"]
    return list(found)


def _tell(desk: PointDesk, filing: str, say: Say) -> None:
    """A paper's verdict, seconds after the hand-over, and the sentence for each gap in the paper's language."""
    found: Any = desk.shown(filing)
    language, verdict = found["language"] or "fi", found["verdict"]
    said = words(language)[f"verdict_{verdict}"]
    if sys.stdout.isatty():
        said = f"\033[1;{_COLOURS[verdict]}m{said}\033[0m"
    say(f"  {_seconds(found, State.CHECKED):5.1f} s  {title_of(desk.entry(filing), language)}: {said}")
    for finding in found["findings"]:
        if finding["blocks"]:
            say(f"           {finding['text'][language]}")
    if found["form"] is None:
        say(f"           {words(language)['explain_unknown']}")


def _tell_sent(found: Any, say: Say) -> None:  # noqa: ANN401 as `show --json` prints it
    """Say that a paper lies in its authority's queue."""
    language = found["language"] or "fi"
    say(f"  {_seconds(found, State.DELIVERED):5.1f} s  -> {found['recipient'][language]}")


def _seconds(found: Any, state: State) -> float:  # noqa: ANN401 as `show --json` prints it
    """From the hand-over until `state`."""
    at = next(event["at"] for event in found["events"] if event["to"] == state.value)
    return (parse_iso(at) - parse_iso(found["handed_over"])).total_seconds()


def _tell_all(config: Path, say: Say) -> None:
    """Where each paper is now."""
    with open_desk(load_settings(config)) as desk, open_ledger(load_settings(config)) as ledger:
        for filing in _filings(ledger):
            found: Any = desk.shown(filing["id"])
            to = found["recipient"]["en"] if found["recipient"] else "waits for its advisor"
            say(f"  {filing['id']}  {filing['form'] or 'letter':10} {filing['state']:10} {to}")


def _end(place: Path, config: Path, say: Say) -> None:
    port = load_settings(config).console.port
    say("")
    say("See it yourself; the letter still waits there for its advisor:")
    say(f"  {called()} run --config {config}")
    say(f"  then open http://127.0.0.1:{port}/ (Ctrl-C stops it); put scans into {config.parent / 'scan' / 'tiski-1'}")
    say(f"  {called()} status --config {config}")
    say("All of it, private keys of the demo included, lies in one folder and stays there until you remove it:")
    say(f"  rm -r {place}")


def filled(definition: Definition, empty: tuple[str, ...], seed: int) -> bytes:
    """A scan of a completely filled form but for the fields in `empty`."""
    values = {key: value for key, value in sample(definition, seed=seed).values.items() if key not in empty}
    pages = fill(definition, values, seed=seed)
    return scan_pdf([scanned(page, skew_degrees=0.7, seed=seed) for page in pages])


def _letter() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A page with a few grey lines: no form of anybody's."""
    page = np.full((3508, 2480), 255, np.uint8)
    for line in range(20):
        page[400 + 90 * line : 430 + 90 * line, 300 : 2100 - 37 * (line % 5)] = 60
    return page


def _release(config: Path) -> None:
    with open_ledger(load_settings(config)) as ledger:
        for filing in _filings(ledger):
            if filing["state"] == "waiting" and filing["reason"] == Verdict.INCOMPLETE.value:
                people.release(ledger, filing["id"], Person(advisor="Demo", reason=REASON, identity="passport"))


def _serve(config: Path, providers: tuple[str, ...]) -> list[tuple[Path, str, str]]:
    """Play the providers' back offices; gives (point's folder, provider, bundle) of what was acknowledged."""
    taken = []
    for provider in providers:
        desk, out = office(config, provider, None, None), config.parent / "inbox" / provider
        done = inbox.receive(desk, out)
        if done.ended is not None:
            raise done.ended
        for filing in done.received:
            answers.ack(desk, out, filing.bundle)
            taken.append((config.parent, provider, filing.bundle))
    return taken


def _open_by_hand(place: Path, provider: str, bundle: str, say: Say) -> None:
    keys, out = place / "keys", place / "by-hand"
    out.mkdir()
    commands = [
        f"openssl cms -decrypt -binary -inform DER -in {place}/hub/{provider}/{bundle}.p7m"
        f" -inkey {keys}/{provider}.key.pem -recip {keys}/{provider}.cert.pem -out b.asics",
        "unzip -qo b.asics",
        "openssl cms -verify -cades -binary -inform DER -in META-INF/signature.p7s -content filing.zip"
        f" -CAfile {keys}/ca.pem -purpose any -out /dev/null",
        "unzip -qo filing.zip",
    ]
    say(f"  $ mkdir -p {out} && cd {out}")
    for command in commands:
        say(f"  $ {command}")
        done = subprocess.run(command.split(), cwd=out, capture_output=True, text=True, check=True)
        if done.stderr.strip():
            say(f"    {done.stderr.strip()}")
    say(f"    {' '.join(sorted(path.name for path in out.iterdir()))}")
