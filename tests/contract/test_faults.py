"""E-01 to E-09: a bad line, a bad store and a bad day, against a real store behind a misbehaving proxy."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from intake.base.errors import Away, Denied, VireilleError
from tests.clock import FakeClock
from tests.contract import proxy, servers
from tests.contract.conftest import message
from tests.contract.proxy import Proxy
from tests.faults import points
from workers.deliver import s3, sqs
from workers.deliver.breaker import AWAY_LIMIT, DENIED_SECONDS, Breaker
from workers.deliver.folder import FolderStore
from workers.deliver.ports import Conflict, Message, deliver
from workers.deliver.s3 import S3Store
from workers.deliver.sqs import SqsQueue
from workers.deliver.table import TableQueue
from workers.run.housekeeping import keep_house

QUICK = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=10, read_timeout=6)
KEY = "vero/" + "a" * 32 + ".p7m"
BODY = b"sealed bytes"
SHA = hashlib.sha256(BODY).hexdigest()


@dataclass
class Line:
    """A store reached through the proxy, and the same store reached directly."""

    proxy: Proxy
    store: S3Store
    true: S3Store
    client: Any


@pytest.fixture
def line(seaweed_endpoint: str) -> Iterator[Line]:
    """SeaweedFS behind the proxy."""
    prefix = os.urandom(6).hex()
    with proxy.before(seaweed_endpoint) as between:
        config = s3.CONFIG.merge(QUICK)
        through = boto3.client("s3", endpoint_url=between.endpoint, config=config, **servers.KEYS)
        direct = servers.s3_client(seaweed_endpoint)
        yield Line(
            between,
            S3Store(servers.BUCKET, prefix, client=through, part_bytes=5 << 20),
            S3Store(servers.BUCKET, prefix, client=direct),
            direct,
        )


def test_our_own_settings_for_boto3_are_said_and_used() -> None:
    """Mode, attempts and timeouts do not depend on boto3's version."""
    for module in (s3, sqs):
        config = module.CONFIG
        assert config.retries == {"mode": "standard", "total_max_attempts": 4}
        assert (config.connect_timeout, config.read_timeout) == (5, 30)


@pytest.mark.parametrize("fault", ["500", "503", "slow", "reset", "stall"])
def test_e01_e02_one_failure_is_ridden_out(line: Line, fault: str) -> None:
    """Server errors, a throttle, a reset, a timeout: the next attempt stores."""
    line.proxy.plan.append(("PUT", fault, 1))

    assert line.store.put(KEY, BODY, SHA) == "stored"
    assert line.true.read(KEY, 100) == BODY


@pytest.mark.parametrize("fault", ["500", "slow", "reset"])
def test_e01_e02_a_failure_that_lasts_is_away_not_denied(line: Line, fault: str) -> None:
    """Deferred: the caller tries later, nothing is stored."""
    line.proxy.plan.append(("PUT", fault, -1))

    with pytest.raises(Away):
        line.store.put(KEY, BODY, SHA)
    assert line.true.head(KEY) is None


def test_e02_nobody_listens(tmp_path: Path) -> None:
    """Connection refused is Away, for the store and for the queue."""
    (port,) = servers.free_ports(1)
    places = {"endpoint_url": f"http://127.0.0.1:{port}", "config": QUICK, **servers.KEYS}

    with pytest.raises(Away):
        S3Store("b", client=boto3.client("s3", **places)).put(KEY, BODY, SHA)
    with pytest.raises(Away):
        SqsQueue("q", client=boto3.client("sqs", **places)).send(message(1))
    with pytest.raises(Away):
        TableQueue(f"postgresql://postgres@/x?host={tmp_path}")


@pytest.mark.parametrize("fault", ["half", "reset"])
def test_e02_a_broken_download_leaves_no_file(line: Line, tmp_path: Path, fault: str) -> None:
    """Half an answer is no answer."""
    line.true.put(KEY, BODY * 1000, hashlib.sha256(BODY * 1000).hexdigest())
    line.proxy.plan.append(("GET", fault, -1))

    with pytest.raises(Away):
        line.store.get(KEY, tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


def test_e03_a_lost_answer_is_found_out(line: Line) -> None:
    """Stored, but the answer never came: the next attempt meets our own object and is content."""
    line.proxy.plan.append(("PUT", "lost", 1))

    assert line.store.put(KEY, BODY, SHA) == "already"
    assert line.true.read(KEY, 100) == BODY


def test_e05_a_conflict_is_asked_again_until_settled(line: Line) -> None:
    """409 twice, then stored."""
    line.proxy.plan.append(("PUT", "409", 2))

    assert line.store.put(KEY, BODY, SHA) == "stored"


def test_e06_a_broken_upload_in_parts_is_aborted_at_once(line: Line, tmp_path: Path) -> None:
    """The first part goes through, the second never: no upload is left open, no object is there."""
    large = tmp_path / "large"
    large.write_bytes(os.urandom(6 << 20))
    digest = hashlib.sha256(large.read_bytes()).hexdigest()
    line.proxy.plan += [("PUT", "none", 1), ("PUT", "500", -1)]

    with pytest.raises(Away):
        line.store.put(KEY, large, digest)

    assert open_uploads(line) == 0
    assert line.true.head(KEY) is None
    line.proxy.plan.clear()
    assert line.store.put(KEY, large, digest) == "stored"


def test_e06_what_a_crash_left_open_is_swept(line: Line, tmp_path: Path) -> None:
    """An upload that nobody ends: the point's housekeeping leaves it while it is young and aborts it when it is old."""
    prefix = line.true._prefix
    line.client.create_multipart_upload(Bucket=servers.BUCKET, Key=f"{prefix}{KEY}")
    point = points.fault_point(tmp_path / "point")

    with points.recorded_eyes(), points.open_point.open_point(point.settings) as running:
        tools = replace(running.tools, store=line.store)
        keep_house(tools)
        assert open_uploads(line) == 1
        keep_house(replace(tools, clock=FakeClock(wall=datetime.now(UTC) + timedelta(hours=2))))

    assert open_uploads(line) == 0


def open_uploads(line: Line) -> int:
    """Uploads in parts that are not ended."""
    answer = line.client.list_multipart_uploads(Bucket=servers.BUCKET, Prefix=line.true._prefix)
    return len(answer.get("Uploads", ()))


def bundle_file(folder: Path) -> tuple[Path, Message]:
    """A file that stands for a bundle, and its message."""
    path = folder / "bundle.p7m"
    path.write_bytes(BODY)
    return path, message(1, sha256=SHA, bytes=len(BODY))


def test_e07_bytes_that_come_back_differently_are_never_announced(line: Line, tmp_path: Path) -> None:
    """The store says yes and gives other bytes: no message, and it is tried again."""
    path, told = bundle_file(tmp_path)
    queue = TableQueue(f"sqlite:///{tmp_path}/queue.sqlite")
    line.proxy.plan.append(("GET", "flip", 1))

    with pytest.raises(Away) as caught:
        deliver(path, told, line.store, queue)

    assert caught.value.code == "stored_differs"
    assert queue.stats("vero").depth == 0
    deliver(path, told, line.store, queue)
    assert queue.stats("vero").depth == 1
    queue.close()


@pytest.mark.parametrize("fault", ["403", "expired", "301", "no bucket"])
def test_e08_a_refusal_is_for_good(line: Line, fault: str) -> None:
    """No permission, expired credentials, another region, no bucket: not retried, told as Denied."""
    line.proxy.plan.append(("PUT", fault, -1))

    with pytest.raises(Denied):
        line.store.put(KEY, BODY, SHA)
    assert len([one for one in line.proxy.seen if one.startswith("PUT")]) <= 2


def test_e08_a_breaker_rests_one_provider_and_no_other() -> None:
    """Denied rests at once and long; Away after a few times and shortly; success closes."""
    clock = FakeClock()
    breaker = Breaker(clock)

    breaker.failed("vero", Denied("no"))
    assert (breaker.may_try("vero"), breaker.may_try("kela")) == (False, True)
    rest = breaker.why("vero")
    assert rest is not None
    assert rest.code == "denied"
    clock.pass_(DENIED_SECONDS)
    assert breaker.may_try("vero")
    breaker.succeeded("vero")
    assert breaker.why("vero") is None

    for _ in range(AWAY_LIMIT - 1):
        breaker.failed("kela", Away("line"))
        assert breaker.may_try("kela")
    breaker.failed("kela", Away("line"))
    assert not breaker.may_try("kela")
    clock.pass_(10)
    assert breaker.may_try("kela")


def test_e08_who_is_told_hears_of_each_rest_and_of_its_end() -> None:
    """With the cause; a success while nothing rests is no news."""
    heard: list[tuple[str, str | None]] = []
    breaker = Breaker(FakeClock(), lambda provider, code: heard.append((provider, code)))

    breaker.succeeded("vero")
    breaker.failed("vero", Away("line"))
    breaker.succeeded("vero")
    breaker.failed("vero", Denied("no"))
    breaker.succeeded("vero")

    assert heard == [("vero", "denied"), ("vero", None)]


def test_e08_a_breaker_waits_longer_each_time_but_never_too_long() -> None:
    """A four-hour cut is probed every few minutes."""
    clock = FakeClock()
    breaker = Breaker(clock)
    pauses = []
    for _ in range(30):
        breaker.failed("vero", Away("line"))
        rest = breaker.why("vero")
        pauses.append(rest.until - clock.monotonic() if rest else 0.0)

    assert pauses[: AWAY_LIMIT - 1] == [0.0] * (AWAY_LIMIT - 1)
    assert max(pauses) <= 600
    assert min(pauses[-5:]) >= 300


def test_e08_a_guarded_delivery_is_deferred_never_failed() -> None:
    """Denied becomes Away and opens the breaker; while it rests nothing is tried; a conflict is told as it is."""
    clock = FakeClock()
    breaker, tries = Breaker(clock), []

    def attempt(error: VireilleError | None) -> None:
        with breaker.guarded("vero"):
            tries.append(error)
            if error:
                raise error

    with pytest.raises(Away) as caught:
        attempt(Denied("wrong bucket"))
    assert caught.value.code == "denied"
    with pytest.raises(Away):
        attempt(None)
    assert len(tries) == 1
    clock.pass_(DENIED_SECONDS)
    with pytest.raises(Conflict):
        attempt(Conflict("other bytes"))
    attempt(None)
    assert breaker.why("vero") is None


class Nth:
    """Passes calls on to `target`; call number `n` of all fails, before or after it took effect."""

    def __init__(self, target: object, counter: list[int], n: int, after: bool) -> None:
        self._target, self._counter, self._n, self._after = target, counter, n, after

    def __getattr__(self, name: str) -> object:
        method = getattr(self._target, name)

        def call(*args: object, **kwargs: object) -> object:
            self._counter[0] += 1
            hit = self._counter[0] == self._n
            if hit and not self._after:
                raise Away("injected")
            result = method(*args, **kwargs)
            if hit:
                raise Away("answer lost")
            return result

        return call


@pytest.mark.parametrize("after", [False, True])
def test_e09_a_delivery_that_fails_at_any_step_is_finished_by_repeating_it(tmp_path: Path, after: bool) -> None:
    """Call 1, 2, 3, ... fails once, with or without effect: repeating delivers exactly once."""
    path, told = bundle_file(tmp_path)
    for n in range(1, 10):
        store = FolderStore(tmp_path / f"hub{n}")
        queue = TableQueue(f"sqlite:///{tmp_path}/queue{n}.sqlite")
        counter, failures = [0], 0
        while True:
            try:
                deliver(path, told, Nth(store, counter, n, after), Nth(queue, counter, n, after))  # type: ignore[arg-type]
                break
            except VireilleError:
                failures += 1
        assert store.read(told.object, 100) == BODY
        assert queue.stats("vero").waiting == 1
        queue.close()
        if failures == 0:
            break
    assert n == 4, "three steps: put, read back, send"
