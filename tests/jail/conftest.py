"""One jail for each module, and a way to hand it bytes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from intake.base.errors import Refused
from intake.jail.jail import Jail
from intake.jail.pixels import OpenedScan


@pytest.fixture(scope="module")
def jail() -> Iterator[Jail]:
    """A real jail, as strong as this machine allows."""
    with Jail() as made:
        yield made


@pytest.fixture
def opened(jail: Jail, tmp_path: Path) -> Callable[..., OpenedScan]:
    """Writes bytes to a file and opens it."""

    def run(data: bytes, name: str = "scan.bin") -> OpenedScan:
        path = tmp_path / name
        path.write_bytes(data)
        return jail.open_scan(path)

    return run


@pytest.fixture
def outcome(opened: Callable[..., OpenedScan]) -> Callable[..., int | str]:
    """The number of pages, or the code of the refusal."""

    def run(data: bytes, name: str = "scan.bin") -> int | str:
        try:
            return len(opened(data, name).pages)
        except Refused as error:
            return error.code

    return run
