"""A-14: older ledgers become newer ones; an older program and another vault key are refused in words.

`old/version-N.sql` are ledgers that the program of version N wrote (`make_old.py` writes that of the present one): a
filing purged, one confirmed, one held, one joined to its re-scan and that re-scan, which waits, and a paper accepted.
"""

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from intake.base.errors import WrongUse
from intake.base.states import State
from tests.clock import FakeClock
from tests.ledger.conftest import START, Desk
from workers.ledger import Ledger, Person, Vault, people, reports
from workers.ledger.audit import check_chain
from workers.ledger.claim import claim
from workers.ledger.database import Here
from workers.ledger.history import Known, all_known
from workers.ledger.opening import open_ledger_at
from workers.ledger.schema import VERSION

OLD = Path(__file__).with_name("old")
HERE = Here(point="saarijarvi", municipality="729")


def written_by(version: int, folder: Path) -> str:
    """The address of a ledger that the program of this version wrote."""
    ledger = sqlite3.connect(folder / "ledger.db")
    ledger.executescript((OLD / f"version-{version}.sql").read_text("utf-8"))
    ledger.close()
    return f"sqlite:///{folder}/ledger.db"


@pytest.fixture(params=[1, 2])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a ledger of a version that kept no plain facts."""
    return written_by(request.param, tmp_path)


@pytest.fixture
def opened(old: str) -> Callable[..., Ledger]:
    """Opens it with this program."""

    def open_it(key: bytes = b"k", *, readonly: bool = False) -> Ledger:
        vault = Vault(key * 32)
        return open_ledger_at(old, clock=FakeClock(wall=START), vault=vault, here=HERE, readonly=readonly)

    return open_it


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_14_a_ledger_of_every_version_goes_on(version: int, tmp_path: Path) -> None:
    """Its filings are all there in their states, its log is whole, and the next one is found."""
    url, vault = written_by(version, tmp_path), Vault(b"k" * 32)

    with open_ledger_at(url, clock=FakeClock(wall=START), vault=vault, here=HERE) as ledger:
        counts = reports.status(ledger)["counts"]
        with ledger.read() as connection:
            problems = check_chain(connection, ledger)
        work = claim(ledger, [State.ACCEPTED], worker="w", lease_seconds=60)

    assert counts == {"accepted": 1, "confirmed": 1, "held": 1, "joined": 1, "purged": 1, "waiting": 1}
    assert problems == []
    assert work is not None
    assert work.scanner == "tiski-1"


def test_what_an_older_ledger_knew_of_its_filings_is_kept_as_plain_rows(opened: Callable[..., Ledger]) -> None:
    """From sealed parts while they are there, from the row alone once it is purged; the joined scan is no paper."""
    with opened() as ledger:
        purged, confirmed, held, waiting = all_known(ledger)

    assert (purged.judged.form, purged.judged.verdict, purged.judged.findings) == ("vero-5010", "complete", None)
    assert _where(purged) == ("vero", "jyvaskyla", None)
    assert (confirmed.judged.language, confirmed.judged.attachments, confirmed.judged.pages) == ("sv", 1, 2)
    assert (confirmed.judged.point, confirmed.judged.municipality) == ("saarijarvi", "729")
    assert confirmed.judged.day == date(2015, 5, 2)
    assert _where(confirmed) == ("vero", "turku", "vero-finnish")
    assert confirmed.decided is not None
    assert confirmed.decided.words is not None
    assert (confirmed.decided.words.sv, confirmed.decided.version) == ("På finska", "abc123")
    assert held.decided is None
    assert (waiting.judged.verdict, waiting.judged.findings, waiting.judged.eservice) == ("complete", (), True)


def test_the_first_verdict_and_its_gaps_are_kept(opened: Callable[..., Ledger]) -> None:
    """The scan that was joined to its re-scan keeps what was missing on it."""
    with opened() as ledger, ledger.read() as connection:
        found = connection.execute(text("SELECT verdict, findings FROM judgements WHERE verdict = 'incomplete'")).all()

    assert [tuple(row) for row in found] == [("incomplete", '[["missing", "allekirjoitus", true, null]]')]


def test_another_vault_key_is_refused_before_anything_is_changed(opened: Callable[..., Ledger]) -> None:
    """A machine with a key of its own could not read the others' papers: the sentence says what to bring."""
    with pytest.raises(WrongUse, match=r"bring that vault\.key here"):
        opened(b"x")

    with opened() as ledger:
        assert reports.status(ledger)["counts"]["purged"] == 1
    for readonly in (False, True):
        with pytest.raises(WrongUse, match="another vault key"):
            opened(b"x", readonly=readonly)


def test_a_14_an_older_program_refuses_a_newer_ledger(desk: Desk) -> None:
    """The ledger of a newer version is left untouched, and the message says what to do."""
    with desk.ledger.write() as connection:
        connection.execute(text("UPDATE meta SET value = '99' WHERE key = 'version'"))

    for readonly in (False, True):
        with pytest.raises(WrongUse, match="newer"):
            desk.again(readonly=readonly)


def test_a_14_an_older_ledger_becomes_a_newer_one_on_both_databases(desk: Desk) -> None:
    """Version 1 had neither places nor today's indexes; opening makes today's of it, and work goes on."""
    filing = desk.accept().filing
    with desk.ledger.write() as connection:
        for name in ("filings_by_due", "ix_kept_sha256", "ix_refused_sha256"):
            connection.execute(text(f"DROP INDEX {name}"))
        for name in ("judgements", "decisions", "places"):
            connection.execute(text(f"DROP TABLE {name}"))
        connection.execute(text("ALTER TABLE filings DROP COLUMN place"))
        connection.execute(text("ALTER TABLE refused DROP COLUMN dismissed"))
        connection.execute(text("CREATE INDEX filings_by_turn ON filings (scanner, lane, state, seq)"))
        connection.execute(text("DELETE FROM meta WHERE key = 'vault'"))
        connection.execute(text("UPDATE meta SET value = '1' WHERE key = 'version'"))

    with desk.again() as newer:
        look = inspect(newer.engine)
        indexes = {
            index["name"]: index for table in ("filings", "kept", "refused") for index in look.get_indexes(table)
        }
        work = claim(newer, [State.ACCEPTED], worker="w", lease_seconds=60)
        with newer.read() as connection:
            version = connection.execute(text("SELECT value FROM meta WHERE key = 'version'")).scalar_one()

    assert {"filings_by_due", "ix_kept_sha256", "ix_refused_sha256"} <= indexes.keys()
    assert indexes["filings_by_due"]["column_names"][:2] == ["place", "scanner"]
    assert "filings_by_turn" not in indexes
    assert version == str(VERSION)
    assert work is not None
    assert work.filing == filing


def test_the_database_lets_pass_what_a_newer_program_allows(desk: Desk) -> None:
    """A change of state that came with an update is in the ledger's own table after the next start."""
    with desk.ledger.write() as connection:
        connection.execute(text("DELETE FROM transitions WHERE start = 'waiting' AND state = 'held'"))

    desk.again().close()
    filing = desk.walk(State.WAITING)
    people.hold(desk.ledger, filing, Person("Maija"))

    assert desk.state(filing) is State.HELD


def _where(one: Known) -> tuple[str | None, str | None, str | None]:
    assert one.decided is not None
    return one.decided.provider, one.decided.unit, one.decided.rule
