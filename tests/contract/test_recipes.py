"""What ADAPTERS.md tells an operator to do works as it stands, on real servers."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

import workers.deliver
from intake.base.errors import Away, Denied, Stale
from tests.contract import servers
from tests.contract.conftest import message
from tests.journeys.conftest import VIREILLE
from workers.deliver.connect import open_queue
from workers.deliver.table import TableQueue

ADAPTERS = (Path(workers.deliver.__file__).parent / "ADAPTERS.md").read_text("utf-8")
POINT = """
[point]
id = "keskusta"
name = "Keskusta"
languages = ["fi"]
data = "data"
[providers]
directory = "providers"
[store]
url = "folder:hub"
[queue]
url = "{url}"
"""
VERO = """
id = "vero"
names = {fi = "Vero", sv = "Skatt", en = "Tax"}
[[units]]
id = "turku"
names = {fi = "Turku", sv = "Åbo", en = "Turku"}
"""


@pytest.fixture
def point(tmp_path: Path) -> Path:
    """A point that knows one authority with one unit; its settings lack the queue's address."""
    (tmp_path / "hub").mkdir()
    (tmp_path / "providers").mkdir()
    (tmp_path / "providers/vero.toml").write_text(VERO)
    return tmp_path / "vireille.toml"


def prepare(settings: Path, url: str) -> None:
    """`vireille providers prepare`."""
    settings.write_text(POINT.format(url=url))
    words = [VIREILLE, "providers", "prepare", "--config", settings]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "vero: there is a queue, 1 units" in done.stdout


def sql() -> list[str]:
    """The blocks of SQL: roles and rights, how a message is taken, how it is finished."""
    return re.findall(r"```sql\n(.*?)```", ADAPTERS, re.DOTALL)


def test_sqs_queues_are_prepared_by_a_verb(point: Path, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty account: afterwards a filing is sent to the unit and taken by it."""
    names = {"aws_access_key_id": "AWS_ACCESS_KEY_ID", "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY"}
    for key, name in (names | {"region_name": "AWS_DEFAULT_REGION"}).items():
        monkeypatch.setenv(name, servers.KEYS[key])
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", moto_endpoint)
    with pytest.raises(Denied, match="providers prepare"):
        open_queue("sqs://recipe").send(message(1, unit="turku"))

    for _ in range(2):  # the second time everything is there
        prepare(point, "sqs://recipe")

    queue = open_queue("sqs://recipe")
    queue.send(message(1, unit="turku"))
    assert queue.receive("vero", "turku") is not None


@pytest.fixture
def hub(postgres_address: str, point: Path) -> Iterator[psycopg.Connection]:
    """A database with the table, roles and rights of the document; Vero's role asks for a password."""
    with psycopg.connect(postgres_address % "postgres", autocommit=True) as server:
        server.execute("CREATE DATABASE recipes")
        prepare(point, postgres_address % "recipes")
        found = server.execute("SHOW hba_file").fetchone()
        assert found is not None
        rules = Path(found[0])
        before = rules.read_text()
        rules.write_text(f"local recipes vireille_vero scram-sha-256\n{before}")
        server.execute("SELECT pg_reload_conf()")
        with psycopg.connect(postgres_address % "recipes", autocommit=True) as connection:
            connection.execute(sql()[0])
            connection.execute("ALTER ROLE vireille_vero PASSWORD 'salainen'")
            yield connection
        rules.write_text(before)


@contextmanager
def as_role(address: str, role: str) -> Iterator[TableQueue]:
    """The queue as that role sees it."""
    queue = TableQueue((address % "recipes").replace("postgres@", f"{role}@"), create=False)
    yield queue
    queue.close()


def test_an_authority_reads_and_takes_its_own_rows_only(
    hub: psycopg.Connection, postgres_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Points send by their role; Vero's password comes from PGPASSFILE; Kela's filing is neither seen nor touched."""
    with as_role(postgres_address, "vireille_points") as points:
        for number, provider in ((1, "vero"), (2, "vero"), (3, "kela")):
            points.send(message(number, provider=provider))
        kelas = points.receive("kela")
        assert kelas is not None
    with pytest.raises(Away), as_role(postgres_address, "vireille_vero"):
        pass
    passwords = tmp_path / "pgpass"
    passwords.write_text("*:*:*:vireille_vero:salainen\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))

    with as_role(postgres_address, "vireille_vero") as vero:
        leased = vero.receive("vero")
        assert leased is not None
        vero.ack(leased.token)
        assert vero.stats("kela").depth == 0
        with pytest.raises(Stale):
            vero.ack(kelas.token)
    with psycopg.connect((postgres_address % "recipes").replace("postgres@", "vireille_vero@")) as by_hand:
        taken = by_hand.execute(sql()[1]).fetchone()
        assert taken is not None
        assert message(2).bundle in taken[1]
        assert by_hand.execute(sql()[2].replace("TOKEN", taken[0])).rowcount == 1
    states = hub.execute("SELECT state FROM vireille_queue ORDER BY number").fetchall()
    assert states == [("acked",), ("acked",), ("waiting",)]
