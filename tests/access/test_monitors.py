"""`/healthz` and `/metrics`: for this machine and the monitors that the settings name, without signing in."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from workers.access.door import Site, put_behind
from workers.access.machines import Vitals, by_label, single
from workers.access.table import COUNTER

MEASURES = (single("papers", "so many", 3), by_label("up", "by scanner", "scanner", {"tiski-1": 1, "tiski-2": 0}))


def asked_from(address: str, vitals: Vitals) -> TestClient:
    """A browser, or a monitor, at this address."""
    app = FastAPI()
    put_behind(
        app, Site("x", ("fi",), COUNTER, frozenset({"p"}), monitors=frozenset({"10.0.0.7"}), vitals=lambda: vitals)
    )
    return TestClient(app, base_url="http://p", client=(address, 1))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.7"])
def test_a_monitor_reads_whether_the_page_is_well(address: str) -> None:
    """A plain yes, or the codes of what is wrong with 503; the measures as Prometheus reads them."""
    well, ill = Vitals((), MEASURES), Vitals(("hub_away",), MEASURES)

    assert asked_from(address, well).get("/healthz").json() == {"ok": True, "trouble": []}
    answer = asked_from(address, ill).get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "trouble": ["hub_away"]})
    measures = asked_from(address, ill).get("/metrics").text.splitlines()
    assert {
        "vireille_well 0.0",
        'vireille_trouble{code="hub_away"} 1.0',
        "papers 3.0",
        'up{scanner="tiski-2"} 0.0',
    } <= {*measures}


@pytest.mark.parametrize("address", ["10.0.0.8", "192.168.1.1", "testclient"])
def test_nobody_else_reads_it(address: str) -> None:
    """An address that no setting names is refused, also where no signing in is needed."""
    for path in ("/healthz", "/metrics"):
        answer = asked_from(address, Vitals(("hub_away",), MEASURES)).get(path)
        assert answer.status_code == 403
        assert "hub_away" not in answer.text
