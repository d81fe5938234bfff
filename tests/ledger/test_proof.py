"""The chained log and verify: F-11, A-10, A-11, and that each missing piece is found."""

import itertools
import random
import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from intake.base.errors import Damaged, VireilleError
from intake.base.states import State
from tests.ledger.conftest import Desk
from workers.ledger import Changes, Ledger, Person, people, reports, verify
from workers.ledger.database import Here
from workers.ledger.opening import open_ledger_at
from workers.ledger.recent import entry


def unguarded(desk: Desk, *statements: str) -> None:
    """Change the database as somebody would who has it in hand: without triggers."""
    with desk.ledger.write() as connection:
        _triggers(connection, on=False)
        for statement in statements:
            connection.execute(text(statement))


def _triggers(connection: Connection, *, on: bool) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        connection.execute(text(f"DROP TRIGGER {name}"))


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE events SET code = 'other' WHERE id = 3", "event 3 was changed"),
        ("UPDATE events SET at = '2015-03-02T09:00:01.000Z' WHERE id = 2", "event 2 was changed"),
        ("UPDATE events SET actor = 'nobody' WHERE id = 4", "event 4 was changed"),
        ("DELETE FROM events WHERE id = 2", "event 2 is missing"),
        ("DELETE FROM events WHERE id >= 4", "cut after event 3"),
        ("UPDATE events SET id = 100 WHERE id = 1", "event 1 is missing"),
        ("UPDATE events SET filing = 'zzz' WHERE id = 1", "event 1 was changed"),
        ("UPDATE meta SET value = '2:00' WHERE key = 'head'", "cut after event 5"),
    ],
)
def test_f_11_every_way_to_touch_the_log_is_found(desk: Desk, statement: str, problem: str) -> None:
    """The first bad entry is named, whatever was edited, cut or moved."""
    desk.walk(State.CHECKED)
    assert verify.verify(desk.ledger, desk.blobs) == []

    unguarded(desk, statement)

    assert any(problem in found for found in verify.verify(desk.ledger, desk.blobs))


def test_f_11_an_entry_of_another_history_does_not_fit(embedded: Desk, tmp_path: Path) -> None:
    """An entry from a copy of this very ledger that went another way is found by the one that follows it."""
    filing = embedded.walk(State.OPENED)
    copy = _reopen(embedded, _killed(embedded, tmp_path / "copy"))
    people.hold(copy, filing, Person(), code="other")
    with copy.read() as connection:
        other = connection.execute(text("SELECT * FROM events WHERE id = 3")).mappings().one()
    copy.close()
    embedded.go_on(filing, State.CHECKED)

    columns = ", ".join(f"{name} = :{name}" for name in other)
    with embedded.ledger.write() as connection:
        _triggers(connection, on=False)
        connection.execute(text(f"UPDATE events SET {columns} WHERE id = 3"), dict(other))  # noqa: S608

    assert verify.verify(embedded.ledger, embedded.blobs) == ["event 4 was changed"]


def test_f_11_a_forger_needs_the_vault_key(desk: Desk) -> None:
    """A chain made with another key does not verify."""
    desk.walk(State.OPENED)
    forged = type(desk.ledger)(desk.ledger.engine, desk.clock, type(desk.vault)(b"x" * 32), desk.ledger.leases, Here())

    assert verify.verify(forged, desk.blobs)[0] == "event 1 was changed"


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM filing_pages WHERE page = 2", "1 of 2 pages"),
        ("UPDATE scans SET pages = 3", "2 of 3 pages"),
        ("UPDATE filings SET state = 'joined'", "joined to nothing"),
    ],
)
def test_verify_finds_what_is_not_accounted_for(desk: Desk, statement: str, problem: str) -> None:
    """A page in no filing and a filing that leads nowhere are told."""
    desk.walk(State.OPENED)
    assert verify.verify(desk.ledger, desk.blobs) == []

    unguarded(desk, statement)

    assert any(problem in found for found in verify.verify(desk.ledger, desk.blobs))


def test_a_10_verify_finds_every_rotten_and_missing_blob(desk: Desk) -> None:
    """One flipped bit anywhere, or one file gone, is named by its hash."""
    picture = desk.blobs.put(b"picture")
    desk.walk(State.READ, {State.READ: Changes(facts={"pictures": {"1": [picture]}})})
    rng = random.Random(5)
    for sha256 in list(desk.blobs.names()):
        path = desk.blobs.folder / sha256[:2] / sha256
        good = path.read_bytes()
        at = rng.randrange(len(good))
        path.write_bytes(good[:at] + bytes([good[at] ^ (1 << rng.randrange(8))]) + good[at + 1 :])
        assert verify.verify(desk.ledger, desk.blobs) == [f"blob {sha256} is damaged"]
        path.unlink()
        assert verify.verify(desk.ledger, desk.blobs) == [f"blob {sha256} is missing"]
        path.write_bytes(good)
    assert verify.verify(desk.ledger, desk.blobs) == []


def _ledger_file(desk: Desk) -> Path:
    file = desk.ledger.file
    assert file is not None
    return file


def _killed(desk: Desk, to: Path) -> Path:
    """The ledger's files as a kill leaves them: copied while open, log and all."""
    to.mkdir()
    for path in _ledger_file(desk).parent.glob("ledger.db*"):
        shutil.copy(path, to)
    assert (to / "ledger.db-wal").stat().st_size > 0
    return to / "ledger.db"


def _reopen(desk: Desk, file: Path) -> Ledger:
    return open_ledger_at(f"sqlite:///{file}", clock=desk.clock, vault=desk.vault)


def test_a_ledger_left_by_a_kill_opens_with_everything(embedded: Desk, tmp_path: Path) -> None:
    """The write-ahead log brings back what was acknowledged."""
    filing = embedded.walk(State.CHECKED)

    ledger = _reopen(embedded, _killed(embedded, tmp_path / "copy"))

    assert reports.show(ledger, filing)["state"] == "checked"
    assert verify.verify(ledger, embedded.blobs) == []
    ledger.close()


@pytest.mark.parametrize("how", ["removed", "emptied", "cut", "flipped"])
def test_a_11_a_ledger_without_its_log_is_not_opened(embedded: Desk, tmp_path: Path, how: str) -> None:
    """Acknowledged work that is missing is never passed over: the start is refused and the way back is named."""
    embedded.walk(State.CHECKED)
    file = _killed(embedded, tmp_path / "copy")
    log = file.with_name("ledger.db-wal")
    content = log.read_bytes()
    if how == "removed":
        log.unlink()
        file.with_name("ledger.db-shm").unlink(missing_ok=True)
    else:
        half = len(content) // 2
        log.write_bytes(
            {"emptied": b"", "cut": content[:half], "flipped": content[:half] + b"\xff" * 64 + content[half + 64 :]}[
                how
            ]
        )

    with pytest.raises(Damaged, match="vireille restore"):
        _reopen(embedded, file)


def test_a_11_a_damaged_ledger_is_refused_or_found_by_verify(embedded: Desk, tmp_path: Path) -> None:
    """Wherever bytes of the ledger are flipped or cut, it is refused, or verify names it, or nothing is missing."""
    facts = {State.READ: Changes(facts={"x": "y" * 500})}
    filings = [embedded.walk(State.CHECKED, facts) for _ in range(4)]
    before = reports.status(embedded.ledger)
    embedded.ledger.close()
    good = _ledger_file(embedded).read_bytes()
    rng = random.Random(11)

    refused = 0
    for number in range(40):
        file = tmp_path / f"copy-{number}" / "ledger.db"
        file.parent.mkdir()
        at = rng.randrange(len(good) - 32)
        bad = (
            good[: at or 1]
            if number % 4 == 0
            else good[:at] + bytes(b ^ 0xFF for b in good[at : at + 32]) + good[at + 32 :]
        )
        file.write_bytes(bad)
        (file.parent / "ledger.db.head").write_text(f"{embedded_head(good, embedded):020d}\n", "ascii")
        try:
            ledger = _reopen(embedded, file)
        except VireilleError as error:
            refused += 1
            assert "y" * 20 not in error.message
            continue
        try:
            problems = verify.verify(ledger, embedded.blobs)
            same = reports.status(ledger) == before and all(entry(ledger, filing).private.facts for filing in filings)
            assert problems or same
        except VireilleError:
            refused += 1
        finally:
            ledger.close()
    assert refused > 5


def embedded_head(_: bytes, desk: Desk) -> int:
    """The last event before the damage."""
    note = _ledger_file(desk).with_name("ledger.db.head")
    return int(note.read_text("ascii"))


def test_a_11_a_ledger_at_work_is_never_taken_for_one_that_lost_its_end(embedded: Desk) -> None:
    """A verb may open the ledger in the moment in which the running point commits."""
    stop = threading.Event()

    def work() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            embedded.accept(f"scan {number}".encode())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(150):
            _reopen(embedded, _ledger_file(embedded)).close()
    finally:
        stop.set()
        thread.join()


def test_a_11_no_database_at_all_is_refused(embedded: Desk, tmp_path: Path) -> None:
    """A file that is no ledger is not overwritten."""
    file = tmp_path / "ledger.db"
    file.write_bytes(b"not a database" * 1000)

    with pytest.raises(Damaged, match="vireille restore"):
        _reopen(embedded, file)
    assert file.read_bytes().startswith(b"not a database")


def test_f_5_the_embedded_ledger_is_durable(embedded: Desk) -> None:
    """Each connection keeps a write-ahead log and syncs every commit."""
    with embedded.ledger.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
