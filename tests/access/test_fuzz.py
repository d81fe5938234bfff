"""K-18: odd requests to every operation of the counter's page."""

import pytest

from tests.access.conftest import Staffed
from tests.access.fuzzing import hit_every_operation
from workers.access.table import Role


@pytest.mark.slow
def test_K_18_no_request_makes_a_server_error(staffed: Staffed) -> None:
    """M6, L1, L7: every operation is hit with odd paths, queries, forms, bodies and types of content."""
    staffed.person("kaisa", *Role)

    hit_every_operation(staffed.app, staffed.access, {"filing": staffed.filing})
