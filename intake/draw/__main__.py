"""`python -m intake.draw [FORM...]`: draw the catalogue (or only these forms) from its sources."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from intake.draw import SOURCES
from intake.draw.define import draw_form
from intake.draw.source import load_source
from intake.forms.load import BUILTIN

_log = logging.getLogger("intake.draw")


def draw_catalogue(only: Sequence[str] = (), *, sources: Path = SOURCES, into: Path = BUILTIN) -> int:
    """Draw every source below `sources` (or those whose form id is in `only`) into `into`; returns how many blanks."""
    count = 0
    for path in sorted(sources.rglob("*.toml")):
        if only and path.stem not in only:
            continue
        source = load_source(path)
        drawn = draw_form(source, into / source.provider)
        count += len(drawn)
        _log.info("%s: %d blanks, %d fields", source.form, len(drawn), len(drawn[0].fields))
    return count


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    _log.info("%d blanks drawn", draw_catalogue(sys.argv[1:]))
