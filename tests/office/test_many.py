"""The page with ten thousand filings and thirty sessions costs at most three times what it costs with few and one."""

import statistics
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from tests.office.conftest import PASSWORD, Unit, Vero
from workers.access.people import add
from workers.access.store import open_access
from workers.access.table import Role
from workers.backoffice.service import Keep
from workers.office.app import create_app
from workers.office.desk import Desk
from workers.office.rounds import Rounds
from workers.office.schema import filings
from workers.office.serve import KEY, site_of
from workers.office.shelf import Shelf, open_shelf

FEW, MANY, SESSIONS, ASKED = 100, 10_000, 30, 40


def filled(shelf: Shelf, count: int) -> None:
    """Copies of the one filing, by rows, until there are so many."""
    with shelf.read() as connection:
        row = dict(connection.execute(select(filings)).mappings().first() or {})
        there = len(connection.execute(select(filings.c.number)).all())
    del row["number"]
    with shelf.engine.begin() as connection:
        connection.execute(insert(filings), [row | {"bundle": f"{n:032x}", "who": None} for n in range(there, count)])


def seconds(clients: list[TestClient], paths: tuple[str, ...]) -> float:
    """The median time of a page, the clients asking in turn."""
    taken = []
    for number in range(ASKED):
        begun = time.perf_counter()
        answer = clients[number % len(clients)].get(paths[number % len(paths)])
        taken.append(time.perf_counter() - begun)
        assert answer.status_code == 200
    return statistics.median(taken)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_filings_and_thirty_sessions(vero: Vero, tmp_path: Path) -> None:
    """The queue and a filing, in the same run: first a hundred filings and one session, then all."""
    unit: Unit = vero.unit("jyvaskyla")
    vero.send("f1")
    with ExitStack() as stack:
        office = vero.office(unit)
        shelf = stack.enter_context(open_shelf(tmp_path / "data", tmp_path / KEY, office.clock))
        rounds = Rounds(replace(office, keeper=shelf), shelf, tmp_path / "leases", lambda same: same, Keep(30))
        rounds.once()
        access = stack.enter_context(open_access(unit.settings))
        for number in range(SESSIONS):
            add(access, f"clerk{number}", f"Clerk {number}", (Role.BACKOFFICE,), PASSWORD)
        app = create_app(Desk(shelf, rounds), stack.enter_context(site_of(unit.settings)))
        first = signed_in(app, "clerk0")
        bundle = first.get("/").text.split("/filing/")[1][:32]
        paths = ("/", f"/filing/{bundle}", "/list?show=mine")
        filled(shelf, FEW)
        few = seconds([first], paths)
        clients = [first, *(signed_in(app, f"clerk{number}") for number in range(1, SESSIONS))]
        filled(shelf, MANY)

        many = seconds(clients, paths)

    assert many <= 3 * few, f"{1000 * few:.1f} ms with {FEW} and one, {1000 * many:.1f} ms with {MANY} and {SESSIONS}"


def signed_in(app: FastAPI, name: str) -> TestClient:
    """A browser of its own."""
    client = TestClient(app, base_url="http://127.0.0.1")
    form = {"name": name, "password": PASSWORD}
    client.post("/sign-in", data=form, headers={"sec-fetch-site": "same-origin", "accept": "text/html"})
    return client
