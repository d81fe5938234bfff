"""A real PostgreSQL server for the tests, run as its own user in a folder of its own, reached through a socket."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"


def memory_folder() -> Path | None:
    """A folder in memory with room for a server and the tests' ledgers; None where there is none."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > 500_000_000 else None


def programs() -> Path | None:
    """The newest installed server's programs, as Debian lays them out."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def why_not() -> str | None:
    """Why no server can be started here; None if one can."""
    if programs() is None:
        return "no PostgreSQL server is installed (apt install postgresql)"
    if os.geteuid() != 0:
        return "only root can start PostgreSQL as its own user"
    return None


def _run(*words: str) -> None:
    subprocess.run(["runuser", "-u", USER, "--", *words], check=True, capture_output=True, timeout=60)


@contextmanager
def server() -> Iterator[str]:
    """A running server's address, without a database name. The server and its folder are gone afterwards."""
    at = programs()
    assert at is not None
    folder = Path(tempfile.mkdtemp(prefix="vireille-pg-", dir=memory_folder()))
    shutil.chown(folder, USER)
    data = folder / "data"
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=60"
    try:
        _run(str(at / "initdb"), "-D", str(data), "-A", "trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8")
        _run(str(at / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
        try:
            yield f"postgresql://{USER}@/%s?host={folder}"
        finally:
            _run(str(at / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
