"""What real recognition costs: the jail, the recognition, the reading and the check of whole papers."""

import os
import tempfile
from pathlib import Path

from intake.reader import Reader
from tests.faults import recorded
from tests.load.workers import core_seconds, real_scan
from workers.run.new_point import DEMO_DAY


def pages_a_core_hour(papers: int) -> float:
    """Pages that one core sees in an hour, by its own time, so that a busy machine changes little.

    A filled form of the catalogue, skewed a little, is looked at so many times with the whole catalogue known.
    """
    scan = real_scan()
    with tempfile.TemporaryDirectory() as folder, Reader(recorded.catalogue(), on=DEMO_DAY) as reader:
        path = Path(folder) / "paper"
        path.write_bytes(scan)
        reader.inspect(path, "paper")  # the first one warms everything up
        begun, pages = core_seconds(os.getpid()), 0
        for _ in range(papers):
            pages += sum(len(document.pages) for document in reader.inspect(path, "paper").documents)
    return pages / (core_seconds(os.getpid()) - begun) * 3600
