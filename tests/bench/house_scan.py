"""One scan of a demo point for the profiler; apart, since its imports change with the tree and counting does not."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from intake.base.settings import load_settings
from intake.forms.load import BUILTIN, load_catalogue, valid_on
from workers.run.demo import filled
from workers.run.main import run_once
from workers.run.new_point import DEMO_DAY, make_point


def demo_point_with_one_scan(folder: Path) -> Callable[[], None]:
    """Make a point with one complete driving-licence form in its drop folder; the call works it off."""
    config = make_point(folder / "point", demo=True)
    known = {(one.form, one.language): one for one in valid_on(load_catalogue([BUILTIN]), DEMO_DAY)}
    scan = folder / "point" / "scan" / "tiski-1" / "scan001.pdf"
    scan.write_bytes(filled(known["pol-ajokortti", "fi"], (), seed=1))
    return partial(run_once, load_settings(config))
