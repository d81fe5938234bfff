"""A real receiver that keeps what it is given in a folder, a clock that tests turn, and small files of each kind."""

import json
import os
import resource
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from intake.base.arrival import Arrival
from intake.base.settings import Scanner
from scanners.folder import lay_out
from scanners.service import FolderService
from tests.clock import PATIENCE, FakeClock


@contextmanager
def files_left(free: int) -> Iterator[None]:
    """Meanwhile this process may open `free` more files: the limit is a number above those of gaps among open ones."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = [os.dup(0) for _ in range(free + 1)]
    for number in opened:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened[-1], limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


class FolderInlet:
    """Keeps accepted bytes under their hash and one record an arrival, as the ledger does; processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("scans", "arrivals", "refusals", "hand-overs"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def accept(self, parts: Sequence[Arrival]) -> None:
        """Keep the bytes under their hash, note the arrivals, and what came together."""
        for part in parts:
            self._keep(part)
        self._record("hand-overs", parts[0].key, {"labels": [part.label for part in parts]})

    def _keep(self, part: Arrival) -> None:
        kept = self.folder / "scans" / part.sha256
        if not kept.exists():
            temp = kept.with_name(f"{kept.name}.{os.getpid()}.{os.urandom(4).hex()}")
            temp.write_bytes(b"".join(part.pieces(1 << 16)))
            temp.rename(kept)
        self._record("arrivals", part.key, {"sha256": part.sha256, "label": part.label, "grows_from": part.grows_from})

    def refuse(self, arrival: Arrival, code: str) -> None:
        """Note the refusal."""
        values = {"code": code, "sha256": arrival.sha256 or None, "label": arrival.label, "size": arrival.size}
        self._record("refusals", arrival.key, values)

    def knows(self, sha256: str) -> bool:
        """Whether these bytes were kept."""
        return (self.folder / "scans" / sha256).exists()

    def keeps(self, sha256: str) -> bool:
        """Whether these bytes were kept, or noted as refused."""
        return self.knows(sha256) or sha256 in {record["sha256"] for record in self.records("refusals")}

    def _record(self, kind: str, identity: str, values: dict[str, object]) -> None:
        path = self.folder / kind / sha256(identity.encode()).hexdigest()
        temp = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        temp.write_text(json.dumps(values))
        temp.rename(path)

    def records(self, kind: str) -> list[dict[str, object]]:
        """All notes of one kind."""
        return [json.loads(path.read_text()) for path in sorted((self.folder / kind).iterdir())]

    @property
    def hashes(self) -> set[str]:
        """Of all bytes kept."""
        return {path.name for path in (self.folder / "scans").iterdir()}

    @property
    def codes(self) -> list[str]:
        """Of all refusals, sorted."""
        return sorted(str(record["code"]) for record in self.records("refusals"))


@dataclass
class Bench:
    """One drop folder with its service, receiver and clock."""

    root: Path
    mode: str = "local"
    profile: str | None = None
    quiet: float = 1.0
    clock: FakeClock = field(default_factory=lambda: FakeClock(wall=datetime(2026, 3, 2, 9, 15, tzinfo=UTC)))
    inlet: FolderInlet | None = None

    def __post_init__(self) -> None:
        self.drop = self.root / "drop"
        lay_out(self.drop)
        self.inlet = self.inlet or FolderInlet(self.root / "kept")
        self.scanner = Scanner(
            id="tiski-1", folder=self.drop, mode=self.mode, quiet_seconds=self.quiet, profile=self.profile
        )
        self.service = self.fresh()

    def fresh(self) -> FolderService:
        """A service as after a restart."""
        return FolderService(self.scanner, inlet=self.inlet, clock=self.clock, work=self.root / "work")

    def settle(self, seconds: float | None = None):
        """A round, the quiet time, another round; returns that one's result."""
        self.service.round()
        self.clock.pass_(self.quiet if seconds is None else seconds)
        return self.service.round()

    def names(self) -> set[str]:
        """What lies in the drop folder, our own names left out."""
        return {path.name for path in self.drop.iterdir()} - {".vireille-folder", ".taken", ".refused"}

    def aside(self, side: str = ".taken") -> list[Path]:
        """What lies in a side folder."""
        return sorted((self.drop / side).glob("*")) if (self.drop / side).exists() else []


def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether `holds()` becomes true before the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        threading.Event().wait(0.01)
    return False


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return sha256(data).hexdigest()


def pdf(pages: int = 1, *, body: bytes = b"") -> bytes:
    """A small valid PDF of blank pages; `body` makes it another one."""
    kids = " ".join(f"{number + 3} 0 R" for number in range(pages))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode()]
    objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * pages
    data, offsets = b"%PDF-1.4\n%" + body + b"\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % at for at in offsets
    )
    return (
        data + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(data))
    )


def pdf_grown(earlier: bytes) -> bytes:
    """The same PDF with an object added by incremental update."""
    before = int(earlier.rsplit(b"startxref\n", 1)[1].split()[0])
    body = b"9 0 obj\n<< /Added true >>\nendobj\n"
    table = len(earlier) + len(body)
    return (
        earlier
        + body
        + (
            b"xref\n9 1\n%010d 00000 n \ntrailer\n<< /Size 10 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
            % (len(earlier), before, table)
        )
    )


def png(width: int = 4, height: int = 4) -> bytes:
    """A small valid PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + b"\xff" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
