"""A small catalogue: two editions that differ in a mark, two that look the same, and a form of their own kind."""

from pathlib import Path

import pytest

from intake.forms.model import Definition
from intake.recognise import Index
from tests.recognise.paper import Edition, define

EDITIONS = (
    Edition("verolomake", "2014", seed=1, mark="1.2014"),
    Edition("verolomake", "2015", seed=1, mark="1.2015"),
    Edition("hakemus", "2013", seed=2, mark="HA 1"),
    Edition("hakemus", "2014", seed=2, mark="HA 1"),
    Edition("ilmoitus", "2014", seed=3, mark="IL 3"),
)


@pytest.fixture(scope="session")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Definition]:
    """Definitions by form and edition, as `verolomake 2014`."""
    folder: Path = tmp_path_factory.mktemp("forms")
    return {f"{e.form} {e.edition}": define(e, folder) for e in EDITIONS}


@pytest.fixture(scope="session")
def index(forms: dict[str, Definition]) -> Index:
    """All of them, ready for looking up."""
    return Index.of(tuple(forms.values()))
