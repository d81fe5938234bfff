"""All measurements, one after the other: `make bench`, or `python -m tests.bench`.

The corpus's place comes from VIREILLE_CORPUS; without it only what needs none is measured.
"""

import os
import subprocess
import sys

WITH_CORPUS = (
    ("speed beside others, growth, memory", "tests.bench.speed"),
    ("accuracy on filled scans, reported half", "tests.bench.accuracy"),
    ("sixty files in a folder", "tests.bench.folder"),
    ("first pages beside poppler's and pdfium's pictures", "tests.bench.viewers"),
)
ALONE = (
    ("values: typed, handwriting, combs", "tests.bench.values"),
    ("each rule kept and broken, through pixels", "tests.bench.rules"),
    ("from the last byte to the verdict on the page", "tests.bench.latency"),
    ("sealing and opening beside OpenSSL", "tests.bench.sealing"),
    ("large rule sets and a long past", "tests.bench.routing"),
    ("half a year at the pilot's points, counted", "tests.bench.halfyear"),
)


def main() -> None:
    """Run each in a process of its own, so that none warms the other's caches."""
    corpus = os.environ.get("VIREILLE_CORPUS")
    wanted = [(title, name, ["--corpus", corpus]) for title, name in WITH_CORPUS] if corpus else []
    wanted += [(title, name, []) for title, name in ALONE]
    for title, name, words in wanted:
        print(f"\n== {title} ({name})", flush=True)
        extra = ["--half", "1"] if name.endswith("accuracy") else []
        subprocess.run([sys.executable, "-m", name, *words, *extra], check=False)


if __name__ == "__main__":
    main()
