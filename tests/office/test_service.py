"""The office's page as a service: it starts and stops, lets in who may come in, and ends what was answered."""

import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from intake.base.settings import load_settings
from tests.backoffice.test_webhook import CaseSystem, case_system
from tests.clock import FakeClock
from tests.office.conftest import PASSWORD, Vero
from workers.access.people import add
from workers.access.store import open_access
from workers.access.table import OFFICE, Role
from workers.backoffice.notices import RESTS
from workers.backoffice.service import Keep
from workers.backoffice.take import MEMORY
from workers.cli.app import app
from workers.office.app import create_app
from workers.office.desk import Desk
from workers.office.queue import load
from workers.office.rounds import Rounds
from workers.office.serve import KEY, site_of
from workers.office.shelf import open_shelf

__all__ = ["case_system"]
VIREILLE = Path(sys.executable).with_name("vireille")
OURS = {"sec-fetch-site": "same-origin", "accept": "text/html"}


def test_the_page_starts_and_ends_by_the_command_line(vero: Vero) -> None:
    """`inbox page` says where it is, answers there with the sign-in, and ends with 0 when it is told to."""
    unit = vero.unit("jyvaskyla")
    words = [VIREILLE, "inbox", "page", "--config", unit.folder / "vireille.toml"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        address = serving.stdout.readline().split(": ", 1)[1].strip()

        try:
            shown = httpx2.get(f"{address}sign-in", timeout=120).text
        finally:
            serving.send_signal(signal.SIGTERM)
        _, err = serving.communicate(timeout=120)

    assert serving.returncode == 0, err
    assert 'name="password"' in shown


@pytest.mark.parametrize("role", [None, *(role for role in Role if role is not Role.BACKOFFICE)])
def test_only_clerks_get_past_the_door(vero: Vero, role: Role | None) -> None:
    """Every route of the office's table is refused to whoever is not signed in, and to every other role."""
    unit = vero.unit("jyvaskyla")
    with site_of(unit.settings) as site:
        browser = TestClient(create_app(Desk(None, None), site), base_url="http://127.0.0.1", follow_redirects=False)  # type: ignore[arg-type]
        if role is not None:
            with open_access(unit.settings) as access:
                add(access, "somebody", "Somebody", (role,), PASSWORD)
            form = {"name": "somebody", "password": PASSWORD}
            assert browser.post("/sign-in", data=form, headers=OURS).status_code == 303
        clerks = [route for route, roles in OFFICE.items() if roles == {Role.BACKOFFICE}]

        answers = {
            route: browser.request(route[0], route[1].format(bundle="0" * 32, number=1), headers=OURS).status_code
            for route in clerks
        }

    assert len(clerks) > 15
    assert set(answers.values()) <= ({401, 303} if role is None else {403, 303}), answers


def test_an_answered_filing_ends_and_the_counts_stay(vero: Vero, tmp_path: Path) -> None:
    """After the days that the office keeps it, neither content nor blob is left; the load still counts it."""
    unit = vero.unit("jyvaskyla")
    sent = [vero.send("f1").bundle_id, vero.send("f2").bundle_id]
    with ExitStack() as stack:
        office = vero.office(unit)
        shelf = stack.enter_context(open_shelf(tmp_path / "data", tmp_path / KEY, office.clock))
        rounds = Rounds(replace(office, keeper=shelf), shelf, tmp_path / "leases", lambda same: same, Keep(-1))
        rounds.once()
        blobs = len(list(shelf.blobs.names()))

        Desk(shelf, rounds).accept(sent[0], "Aino")
        rounds.once()
        ended, kept = shelf.filing(sent[0]), shelf.filing(sent[1])

        assert blobs > 0
        assert (ended.manifest, ended.row["who"], ended.row["state"]) == (None, None, "accepted")
        assert kept.manifest is not None
        assert load(shelf).by_clerk == {"Aino": 1}


def test_what_a_kill_left_of_a_filing_is_swept_and_the_filing_taken_again(vero: Vero, tmp_path: Path) -> None:
    """F-01: plaintext in memory goes once its lease has ended; a folder that got no lease keeps no filing back."""
    unit = vero.unit("jyvaskyla")
    sent = vero.send("f1").bundle_id
    plain = MEMORY / f"vireille-.vireille-tmp-{int(time.time()) - 10_000}-killed"
    plain.mkdir()
    (tmp_path / "leases" / sent).mkdir(parents=True)
    with ExitStack() as stack:
        office = vero.office(unit)
        shelf = stack.enter_context(open_shelf(tmp_path / "data", tmp_path / KEY, office.clock))

        Rounds(replace(office, keeper=shelf), shelf, tmp_path / "leases", lambda same: same, Keep(30)).once()

        assert shelf.filing(sent).manifest is not None
        assert not plain.exists()


def test_the_case_system_hears_what_came_and_how_it_was_answered(
    vero: Vero, tmp_path: Path, case_system: CaseSystem
) -> None:
    """In that order, also when it was in trouble; a clerk sees where it stands, and sends again what was given up."""
    unit = vero.unit("jyvaskyla")
    unit.people("aino")
    first, second = vero.send("f1").bundle_id, vero.send("f2").bundle_id
    case_system.never = first
    with ExitStack() as stack:
        site = stack.enter_context(site_of(unit.settings))
        clock = FakeClock()
        office = replace(vero.office(unit), clock=clock)
        shelf = stack.enter_context(open_shelf(tmp_path / "data", tmp_path / KEY, clock))
        rounds = Rounds(
            replace(office, keeper=shelf), shelf, tmp_path / "leases", lambda same: same, Keep(), case_system.hook
        )
        desk = Desk(shelf, rounds)
        browser = TestClient(create_app(desk, site), base_url="http://127.0.0.1")
        browser.post("/sign-in", data={"name": "aino", "password": PASSWORD}, headers=OURS)
        rounds.once()
        rounds.tell()
        desk.accept(first, "Aino")
        desk.send_back(second, "Aino", "wrong_unit", "", "turku")
        for rest in RESTS:
            clock.pass_(rest + 1)
            rounds.tell()
        given_up = browser.get("/dead", headers=OURS).text
        took = browser.get(f"/filing/{second}", headers=OURS).text
        case_system.never = None
        browser.post(f"/notice/{first}", headers=OURS)
        rounds.tell()
        after = browser.get("/dead", headers=OURS).text

    heard = [json.loads(body) for body, _ in case_system.told]
    of_first = [one["type"] for one in heard if one["data"]["bundle"] == first]
    of_second = [one for one in heard if one["data"]["bundle"] == second]
    assert of_first == ["filing.received"] * (len(RESTS) + 2) + ["filing.accepted"]
    assert [one["type"] for one in of_second] == ["filing.received", "filing.returned"]
    assert of_second[1]["data"]["reason"] == "wrong_unit"
    assert "Asianhallinta ei ottanut vastaan 1 ilmoitusta" in given_up
    assert f'action="/notice/{first}"' in given_up
    assert "sai ilmoituksen" in took
    assert "/notice/" not in after


def test_one_page_shows_each_clerk_the_units_that_are_theirs(vero: Vero, tmp_path: Path) -> None:
    """Turku's clerk meets Jyväskylä's filing by no route until it is forwarded; whoever has no unit sees all."""
    unit = vero.unit("jyvaskyla")
    config = unit.folder / "vireille.toml"
    config.write_text(config.read_text().replace('unit = "jyvaskyla"\n', ""))
    settings = load_settings(config)
    sent = {name: vero.send(f"f-{name}", unit=name).bundle_id for name in ("jyvaskyla", "turku")}
    for words in (["tuuli", "--unit", "turku"], ["jussi", "--unit", "jyvaskyla"], ["aino"]):
        person = ["people", "add", *words, "--role", "backoffice", "--role", "auditor", "--config", str(config)]
        assert CliRunner().invoke(app, person, input=f"{PASSWORD}\n").exit_code == 0
    with ExitStack() as stack:
        site = stack.enter_context(site_of(settings))
        office = replace(vero.office(unit), unit=None)
        shelf = stack.enter_context(open_shelf(tmp_path / "data", tmp_path / KEY, office.clock))
        rounds = Rounds(replace(office, keeper=shelf), shelf, tmp_path / "leases", lambda same: same, Keep())
        rounds.once()
        served = create_app(Desk(shelf, rounds), site)
        clerks = {name: TestClient(served, base_url="http://127.0.0.1") for name in ("tuuli", "jussi", "aino")}
        for name, browser in clerks.items():
            browser.post("/sign-in", data={"name": name, "password": PASSWORD}, headers=OURS)

        def seen(name: str, path: str = "/list") -> set[str]:
            text = clerks[name].get(path, headers=OURS).text
            return {place for place, bundle in sent.items() if bundle in text}

        own = {name: seen(name) for name in clerks}
        routes = [route for route in OFFICE if "{bundle}" in route[1] and route[1] != "/dead/{bundle}"]
        form = {"reason": "other", "unit": "turku", "field": "nimi"}
        foreign = [
            clerks["tuuli"].request(method, path.format(bundle=sent["jyvaskyla"], number=1), headers=OURS, data=form)
            for method, path in routes
        ]
        found = clerks["tuuli"].post("/find", data={"q": "saarijarvi"}, headers=OURS).text
        audited = seen("aino", "/views"), seen("tuuli", "/views")
        clerks["jussi"].post(f"/filing/{sent['jyvaskyla']}/forward", data={"unit": "turku"}, headers=OURS)
        rounds.once()

        assert own == {"tuuli": {"turku"}, "jussi": {"jyvaskyla"}, "aino": {"jyvaskyla", "turku"}}
        assert len(routes) > 10
        assert {answer.status_code for answer in foreign} == {404}
        assert sent["turku"] in found
        assert "Turku" in found
        assert sent["jyvaskyla"] not in found
        assert audited == (set(), set())
        assert seen("tuuli") == {"jyvaskyla", "turku"}
        assert seen("jussi") == set()
