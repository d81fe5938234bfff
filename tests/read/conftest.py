"""One form and its index, for looking at what was written on it."""

import pytest

from intake.forms.model import Definition
from intake.recognise import Index
from tests.recognise.paper import Edition, define


@pytest.fixture(scope="session")
def form(tmp_path_factory: pytest.TempPathFactory) -> Definition:
    """A form of two pages."""
    return define(Edition("ilmoitus", "2014", seed=3, mark="IL 3"), tmp_path_factory.mktemp("form"))


@pytest.fixture(scope="session")
def index(form: Definition) -> Index:
    """A catalogue of that form."""
    return Index.of([form])
