"""What real recognition costs: the jail, the recognition, the reading and the check of whole papers."""

import resource
import tempfile
from pathlib import Path

from intake.forms.trial import fill, sample, scan_pdf, scanned
from intake.look import Eyes
from tests.faults import recorded
from workers.point import DEMO_DAY


def _core_seconds() -> float:
    """Processor time of this process and of the jails it has waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def pages_a_core_hour(papers: int) -> float:
    """Pages that one core sees in an hour, by its own time, so that a busy machine changes little.

    A filled form of the catalogue, skewed a little, is looked at so many times with the whole catalogue known.
    """
    definition = recorded.form(*recorded.COMPLETE)
    values = sample(definition, seed=3, extra=0).values
    scan = scan_pdf([scanned(page, skew_degrees=0.6, seed=3) for page in fill(definition, values, seed=3)])
    with tempfile.TemporaryDirectory() as folder, Eyes(recorded.catalogue(), on=DEMO_DAY) as eyes:
        path = Path(folder) / "paper"
        path.write_bytes(scan)
        eyes.look(path, "paper")  # the first one warms everything up
        begun, pages = _core_seconds(), 0
        for _ in range(papers):
            pages += sum(len(document.pages) for document in eyes.look(path, "paper").documents)
    return pages / (_core_seconds() - begun) * 3600
