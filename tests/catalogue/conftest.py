"""What the catalogue's tests on paper share."""

from collections.abc import Iterator

import pytest

from tests.catalogue.on_paper import Counters


@pytest.fixture(scope="session")
def counters() -> Iterator[Counters]:
    """Warm readers for the days on which the papers are handed in."""
    with Counters() as opened:
        yield opened
