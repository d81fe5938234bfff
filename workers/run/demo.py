"""Shows the main job, start to end, in a scratch folder: from paper through verdict and bundle to receipt.

Everything is real but the paper: forms are filled and scanned in software, and one person plays both sides.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from intake.base import durable
from intake.base.filing import Verdict
from intake.base.settings import load_settings
from intake.forms.load import BUILTIN, load_catalogue, valid_on
from intake.forms.model import Definition
from intake.trial import fill, sample, scan_pdf, scanned
from workers.backoffice import answers, inbox
from workers.cli.office import office
from workers.ledger import Person, people, reports
from workers.run.main import run_once
from workers.run.new_point import DEMO_DAY, make_point
from workers.run.open_point import open_ledger

Say = Callable[[str], None]
SAMPLES = (
    ("poliisi", "pol-ajokortti", "fi", ()),
    ("kela", "kela-sv4", "fi", ("allekirjoitus",)),
    ("maistraatti", "dvv-nimi", "sv", ()),
)
"""Provider, form, language, and the fields that are left empty."""


@contextmanager
def step(say: Say, what: str) -> Iterator[None]:
    """Announce a step and print how long it took."""
    begun = time.perf_counter()
    yield
    say(f"[{time.perf_counter() - begun:5.1f} s] {what}")


def show_the_job(folder: Path | None, say: Say) -> None:
    """Run the whole job, telling each step through `say`."""
    place = folder or Path(tempfile.mkdtemp(prefix="vireille-demo-"))
    with step(say, f"a point (Saarijärvi, March 2015) with keys for both sides: {place}"):
        config = make_point(place, demo=True)
    with step(say, f"{len(SAMPLES)} filled forms and a letter, scanned into {place / 'scan' / 'tiski-1'}"):
        scan_samples(place / "scan" / "tiski-1")
    with step(say, "recognised, read, checked; complete ones sealed and delivered"):
        run_once(load_settings(config))
    _tell(config, say)
    with step(say, "the advisor sends the incomplete form in spite of its gap, with a reason"):
        _release(config)
        run_once(load_settings(config))
    with step(say, f"the back offices receive, open and acknowledge into {place / 'inbox'}"):
        taken = _serve(config, place / "inbox")
    with step(say, "the signed receipts confirm the filings"):
        run_once(load_settings(config))
    _tell(config, say)
    provider, bundle = taken[0]
    with step(say, "one bundle opened with nothing but openssl and unzip"):
        _open_by_hand(place, provider, bundle, say)
    say("")
    say(f"counter page:  vireille run --config {config}   (prints its address; drop scans into scan/tiski-1)")
    say(f"all filings:   vireille status --config {config}")


def scan_samples(folder: Path) -> None:
    """Write the sample scans as a scanner would."""
    known = {(one.form, one.language): one for one in valid_on(load_catalogue([BUILTIN]), DEMO_DAY)}
    for number, (_, form, language, empty) in enumerate(SAMPLES, start=1):
        durable.write(folder / f"scan{number:03d}.pdf", filled(known[form, language], empty, seed=number))
    durable.write(folder / f"scan{len(SAMPLES) + 1:03d}.pdf", scan_pdf((_letter(),)))


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


def _tell(config: Path, say: Say) -> None:
    with open_ledger(load_settings(config)) as ledger:
        filings: Any = reports.status(ledger)["filings"]
    for one in filings:
        to = "/".join(part for part in (one["provider"], one["unit"]) if part)
        say(f"          {one['id']}  {one['form'] or one['kind']:15} {one['state']:10} {to:25} {one['reason'] or ''}")


def _release(config: Path) -> None:
    with open_ledger(load_settings(config)) as ledger:
        filings: Any = reports.status(ledger)["filings"]
        for one in filings:
            if one["state"] == "waiting" and one["reason"] == Verdict.INCOMPLETE.value:
                who = Person(advisor="Demo", reason="customer brings the rest on Monday", identity="passport")
                people.release(ledger, one["id"], who)


def _serve(config: Path, out: Path) -> list[tuple[str, str]]:
    """Play every provider's back office; gives (provider, bundle) of what was acknowledged."""
    taken = []
    for provider in sorted({provider for provider, *_ in SAMPLES}):
        desk = office(config, provider, None, None)
        done = inbox.receive(desk, out / provider)
        if done.ended is not None:
            raise done.ended
        for one in done.received:
            answers.ack(desk, out / provider, one.bundle)
            taken.append((provider, one.bundle))
    return taken


def _open_by_hand(place: Path, provider: str, bundle: str, say: Say) -> None:
    keys, out = place / "keys", place / "by-hand"
    out.mkdir()
    commands = [
        f"openssl cms -decrypt -binary -inform DER -in {place}/hub/{provider}/{bundle}.p7m"
        f" -inkey {keys}/{provider}.key.pem -recip {keys}/{provider}.cert.pem -out b.asics",
        "unzip -q b.asics",
        "openssl cms -verify -cades -binary -inform DER -in META-INF/signature.p7s -content filing.zip"
        f" -CAfile {keys}/ca.pem -purpose any -out /dev/null",
        "unzip -q filing.zip",
    ]
    for command in commands:
        say(f"          $ {command}")
        done = subprocess.run(command.split(), cwd=out, capture_output=True, text=True, check=True)
        if done.stderr.strip():
            say(f"            {done.stderr.strip()}")
    say(f"            {' '.join(sorted(path.name for path in out.iterdir()))}")
