"""K-18: odd requests to every operation of the office's page."""

from dataclasses import replace

import pytest

from tests.access.fuzzing import hit_every_operation
from tests.office.conftest import PASSWORD, Vero
from tests.pages.conftest import HOST
from workers.access.people import add
from workers.access.table import Role
from workers.backoffice.service import Keep
from workers.office.app import create_app
from workers.office.desk import Desk
from workers.office.rounds import Rounds
from workers.office.serve import site_of
from workers.office.shelf import open_shelf


@pytest.mark.slow
def test_K_18_no_request_to_the_office_makes_a_server_error(vero: Vero) -> None:
    """Over a shelf with a real filing, as somebody who may do everything."""
    unit = vero.unit("jyvaskyla")
    bundle = vero.send("f1").bundle_id
    office, folder = vero.office(unit), unit.folder / "data"
    with site_of(unit.settings) as site, open_shelf(folder, unit.folder / "office.key", office.clock) as shelf:
        assert site.access is not None
        add(site.access, "kaisa", "Kaisa", list(Role), PASSWORD)
        (folder / "leases").mkdir(mode=0o700)
        rounds = Rounds(replace(office, keeper=shelf), shelf, folder / "leases", lambda one: one, Keep(30))
        rounds.once()
        app = create_app(Desk(shelf, rounds), replace(site, hosts=frozenset({HOST})))

        hit_every_operation(app, site.access, {"bundle": bundle})

        assert shelf.filing(bundle).manifest is not None
