"""Sixty files through `run --once`: 30 filled and dirtied forms, 30 files nobody here wrote. Where did each end?

python -m tests.bench.folder --corpus DIR [--out DIR]
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from intake.base.settings import load_settings
from intake.forms.load import BUILTIN, load_catalogue, valid_on
from tests.makers.dirty import mixed, turned
from tests.makers.fill import paper
from tests.makers.scan import FileKind, write_scan
from workers.run.main import run_once
from workers.run.new_point import DEMO_DAY, make_point

KINDS: tuple[FileKind, ...] = ("pdf", "pdf-g4", "tiff", "tiff-g4")
READABLE = {".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png"}


def write_forms(folder: Path, count: int, seed: int) -> None:
    """Filled, dirtied, some upside down, in every container."""
    known = valid_on(load_catalogue([BUILTIN]), DEMO_DAY)
    for number in range(count):
        made = paper(known[number * 7 % len(known)], seed + number)
        pages = [mixed(page, seed=seed + number, strength=0.35) for page in made.pages]
        if number % 5 == 0:
            pages = [turned(page, 180) for page in pages]
        write_scan(folder / f"form{number:02d}", pages, KINDS[number % len(KINDS)])


def copy_others(folder: Path, corpus: Path, count: int, seed: int) -> None:
    """A random choice of scanner output and documents of every kind."""
    found = sorted(path for path in (corpus / "real-scans").rglob("*") if path.suffix.lower() in READABLE)
    for number, path in enumerate(random.Random(seed).sample(found, count)):
        (folder / f"other{number:02d}{path.suffix.lower()}").write_bytes(path.read_bytes())


def opens(point: Path, bundle: Path) -> bool:
    """Whether stock OpenSSL and unzip decrypt and verify the bundle."""
    provider, keys = bundle.parent.name, point / "keys"
    commands = (
        f"openssl cms -decrypt -binary -inform DER -in {bundle} -inkey {keys}/{provider}.key.pem"
        f" -recip {keys}/{provider}.cert.pem -out b.asics",
        "unzip -qo b.asics",
        "openssl cms -verify -cades -binary -inform DER -in META-INF/signature.p7s -content filing.zip"
        f" -CAfile {keys}/ca.pem -purpose any -out /dev/null",
        "unzip -qo filing.zip",
    )
    with tempfile.TemporaryDirectory() as out:
        return all(
            subprocess.run(command.split(), cwd=out, capture_output=True, check=False).returncode == 0
            for command in commands
        )


def main(words: Sequence[str] | None = None) -> None:
    """Run it and print where everything ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    point = given.out or Path(tempfile.mkdtemp(prefix="vireille-sixty-")) / "point"
    config = make_point(point, demo=True)
    write_forms(point / "scan" / "tiski-1", 30, given.seed)
    copy_others(point / "scan" / "tiski-1", given.corpus, 30, given.seed)
    begun = time.perf_counter()
    run_once(load_settings(config))
    spent = time.perf_counter() - begun
    vireille = Path(sys.executable).with_name("vireille")
    asked = subprocess.run([vireille, "status", "--json", "--config", config], capture_output=True, check=True)
    status: Any = json.loads(asked.stdout)
    bundles = sorted((point / "hub").glob("*/*.p7m"))
    pages = {(page["scan"], page["page"]) for filing in status["filings"] for page in filing["pages"]}
    arrivals = sum(scan["arrivals"] for scan in status["scans"])
    print(f"files in: 60; accepted scans {len(status['scans'])} ({arrivals} arrivals), "
          f"refused {len(status['refused'])}, arriving {len(status['arriving'])}")  # fmt: skip
    print(f"pages of accepted scans: {sum(s['pages'] for s in status['scans'])}; in filings: {len(pages)}")
    print(f"filings by state: {status['counts']}")
    reasons = Counter(filing["reason"] for filing in status["filings"] if filing["state"] == "waiting")
    print(f"waiting for: {dict(reasons)}")
    print(f"refused for: {dict(Counter(row['code'] for row in status['refused']))}")
    print(
        f"bundles that open and verify with stock tools: {sum(opens(point, one) for one in bundles)} of {len(bundles)}"
    )
    print(f"seconds: {spent:.0f}; point: {point}")


if __name__ == "__main__":
    main()
