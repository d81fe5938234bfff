"""Opening in the tests: beside the file, and expecting a refusal that leaves nothing."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.base.errors import Untrusted
from tests.seal.world import NOW, World
from workers.seal.envelope import Opener
from workers.seal.open import open_bundle


@contextlib.contextmanager
def refused(folder: Path) -> Iterator[None]:
    """The opening is refused and the folder holds what it held before."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(Untrusted):
        yield
    assert sorted(folder.rglob("*")) == before


def try_open(world: World, path: Path, by: Opener) -> None:
    """Open `path` beside itself."""
    open_bundle(path, [by], world.trusted, path.parent / "out", now=NOW)
