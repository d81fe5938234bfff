"""Opens the ledger: looks for damage, brings an older one to the present version, refuses a newer one politely.

This needs nothing but the settings, the ledger and its blobs, so that verbs which only ask it start at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from intake.base import durable
from intake.base.clock import Clock, SystemClock
from intake.base.errors import Damaged, WrongUse
from intake.base.settings import Settings
from workers.ledger.audit import head_of
from workers.ledger.blobs import Blobs
from workers.ledger.database import RESTORE, Here, LeaseClock, Ledger, check_head, connect, noted_head
from workers.ledger.migrations import check_vault, migrate, refuse_newer, version_of
from workers.ledger.vault import VAULT_KEY, Vault, load_vault

NO_PLACE = Here()


def open_ledger_at(
    url: str, *, clock: Clock, vault: Vault, here: Here = NO_PLACE, readonly: bool = False,
    leases: LeaseClock | None = None,
) -> Ledger:  # fmt: skip
    """Open the ledger at `url`; a new or older one is brought to the present version in one transaction.

    Raises:
        WrongUse: written by a newer version of this program, made with another vault key, or (`readonly`) not there.
        Damaged: the file is damaged (A-11); the message names the command that brings it back.
        Away: the server cannot be reached.
    """
    ledger = connect(url, clock=clock, vault=vault, here=here, leases=leases, readonly=readonly)
    try:
        if readonly:
            _check_version(ledger)
        else:
            _check_file(ledger)
            with ledger.write() as connection:
                migrate(connection, ledger)
            _check_end(ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _check_version(ledger: Ledger) -> None:
    with ledger.read() as connection:
        found = version_of(connection)
        if found == 0:
            raise WrongUse("no ledger here yet; start the point once with 'vireille run'")
        refuse_newer(found)
        check_vault(connection, ledger)


def _check_file(ledger: Ledger) -> None:
    """A-11: a damaged ledger is never built upon."""
    if ledger.engine.dialect.name != "sqlite":
        return
    with ledger.read() as connection:
        line = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if line != "ok":
        raise Damaged(f"the ledger is damaged; {RESTORE}", code="damaged_ledger")


def _check_end(ledger: Ledger) -> None:
    """A-11: a ledger that has lost its end is never built upon."""
    if ledger.file is not None:
        noted = noted_head(ledger.file)
        with ledger.read() as connection:
            event = head_of(connection)
        check_head(ledger.file, event, noted=noted)


def ledger_url(settings: Settings) -> str:
    """The ledger's address: as set, else SQLite in the data folder."""
    return settings.ledger.url or f"sqlite:///{settings.here.data / 'ledger.db'}"


def open_vault(settings: Settings) -> Vault:
    """The key that everything personal at the point is encrypted with."""
    return load_vault(settings.keys.directory / VAULT_KEY)


@contextmanager
def open_ledger(settings: Settings, clock: Clock | None = None) -> Iterator[Ledger]:
    """The point's ledger, open for verbs."""
    durable.make_folder(settings.here.data)
    here = Here(open_blobs(settings).place(), settings.here.id, settings.here.municipality, settings.here.as_of)
    ledger = open_ledger_at(ledger_url(settings), clock=clock or SystemClock(), vault=open_vault(settings), here=here)
    durable.make_private(settings.here.data.glob("ledger.db*"))  # whatever umask it was made under
    try:
        yield ledger
    finally:
        ledger.close()


def open_blobs(settings: Settings) -> Blobs:
    """The point's blobs."""
    return Blobs(settings.here.data / "blobs", open_vault(settings))
