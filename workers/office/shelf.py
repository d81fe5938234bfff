"""Where the office's page keeps filings: a table beside sealed blobs, everything personal encrypted under one key.

Promises: a filing stands here once, however often its message comes; what a clerk changes is written with who did it;
an answered filing's content ends after the days that the office keeps it, the counts stay.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from intake.base import durable
from intake.base.clock import Clock, iso, parse_iso
from intake.base.errors import NotFound, Stale, WrongUse
from intake.base.filing import FieldState
from workers.access.looks import MOST, Look
from workers.backoffice.lease import Lease
from workers.backoffice.normal import normalised
from workers.ledger.blobs import Blobs
from workers.ledger.database import open_engine, translated
from workers.ledger.vault import Vault, load_vault, new_vault_key
from workers.office.pictures import drawn
from workers.office.schema import OPEN, events, filings, metadata
from workers.seal.manifest import DOCUMENT, Correction, Manifest, from_json, to_json

ROLE = "backoffice"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a clerk did to a filing."""

    at: str
    what: str
    by: str
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing with its content and history. `manifest` is None after its end."""

    row: RowMapping
    manifest: Manifest | None
    pictures: tuple[str, ...]
    document: str | None
    events: tuple[Event, ...]

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """The corrections and confirmations by clerks here, oldest first."""
        return tuple(event.correction for event in self.events if event.correction is not None)


@dataclass(frozen=True, slots=True)
class Who:
    """For the queue's line: name and code of the person, and the form's titles by language."""

    name: str = ""
    code: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)


class Shelf:
    """The filings of one office."""

    def __init__(self, engine: Engine, blobs: Blobs, vault: Vault, clock: Clock) -> None:
        """Parts as `open_shelf` makes them."""
        self.engine, self.blobs, self._vault, self._clock = engine, blobs, vault, clock

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view."""
        with translated(), self.engine.connect().execution_options(vireille_reads=True) as connection:
            yield connection

    def keep(self, manifest: Manifest, folder: Path, lease: Lease) -> None:
        """Put a filing that was just opened in `folder` on the shelf; one that stands here already is left as it is."""
        document = (folder / DOCUMENT).read_bytes() if (folder / DOCUMENT).is_file() else b""
        originals = {name: self.blobs.put((folder / name).read_bytes()) for name in manifest.files if name != DOCUMENT}
        content: dict[str, object] = {
            "manifest": to_json(manifest).decode(),
            "document": self.blobs.put(document) if document else None,
            "pictures": [self.blobs.put(picture) for picture in drawn(document)],
            "originals": originals,
        }
        person = normalised(manifest).person
        who: dict[str, object] = {
            "name": person.name.value if person.name else None, "code": person.id.value if person.id else None,
            "titles": manifest.titles,
        }  # fmt: skip
        now, bundle = iso(self._clock.now()), manifest.bundle
        row = {
            "bundle": bundle, "unit": lease.unit, "point": manifest.point, "form": manifest.form,
            "edition": manifest.edition, "language": manifest.language,
            "verdict": manifest.verdict.value if manifest.verdict else None,
            "urgent": int(manifest.routing.priority == "urgent"), "handed_over": iso(manifest.handed_over),
            "received": now, "due": manifest.due.isoformat() if manifest.due else None, "state": OPEN, "since": now,
            "turn": _turn(manifest),
            "who": self._vault.seal(who, context=f"office/who/{bundle}"),
            "content": self._vault.seal(content, context=f"office/content/{bundle}"),
        }  # fmt: skip
        with self._write() as connection:
            there = select(filings.c.state).where(filings.c.bundle == bundle)
            state = connection.execute(there).scalar()
            if state is None:
                connection.execute(insert(filings).values(row))
            elif state in ("forwarded", "elsewhere"):  # it came back
                again = {"state": OPEN, "since": now, "unit": lease.unit, "claimed_by": None, "content": row["content"]}
                connection.execute(update(filings).where(filings.c.bundle == bundle).values(again))

    def filing(self, bundle: str) -> Filing:
        """One filing. Raises NotFound, Damaged."""
        with self.read() as connection:
            row = connection.execute(select(filings).where(filings.c.bundle == bundle)).mappings().first()
            if row is None:
                raise NotFound(f"no filing {bundle}")
            done = connection.execute(select(events).where(events.c.bundle == bundle).order_by(events.c.number))
            history = tuple(self._event(event) for event in done.mappings())
        if row["content"] is None:
            return Filing(row, None, (), None, history)
        content = self._vault.unseal(row["content"], context=f"office/content/{bundle}")
        pictures = content["pictures"]
        return Filing(
            row,
            from_json(str(content["manifest"]).encode()),
            tuple(str(picture) for picture in pictures) if isinstance(pictures, list) else (),
            str(content["document"]) if content["document"] else None,
            history,
        )

    def _event(self, row: RowMapping) -> Event:
        correction = None
        if row["content"] is not None:
            said = self._vault.unseal(row["content"], context=f"office/event/{row['bundle']}")
            correction = Correction.model_validate(said)
        return Event(row["at"], row["what"], row["by"], correction)

    def who(self, row: RowMapping) -> Who:
        """Whose matter it is, and what people call the form; empty where that is not known."""
        if row["who"] is None:
            return Who()
        said = self._vault.unseal(row["who"], context=f"office/who/{row['bundle']}")
        titles = said["titles"]
        return Who(str(said["name"] or ""), str(said["code"] or ""), titles if isinstance(titles, dict) else {})

    def opened(self, bundle: str, by: str) -> None:
        """The clerk `by` looks at it (G-09). Raises NotFound."""
        with self._write() as connection:
            if connection.execute(select(filings.c.bundle).where(filings.c.bundle == bundle)).first() is None:
                raise NotFound(f"no filing {bundle}")
            self._note(connection, bundle, "opened", by)

    def is_of(self, bundle: str, units: frozenset[str] | None) -> bool:
        """Whether the filing is there, and of one of these units; None: of whichever."""
        with self.read() as connection:
            row = connection.execute(select(filings.c.unit).where(filings.c.bundle == bundle)).first()
        return row is not None and (units is None or row.unit in units)

    def looks(self, *, before: int | None, bundle: str | None, units: frozenset[str] | None) -> list[Look]:
        """List who looked at what of these units, newest first: those before an event's number, those at one filing."""
        wanted = select(events).where(events.c.what == "opened").order_by(events.c.number.desc()).limit(MOST)
        wanted = wanted.where(events.c.number < before) if before else wanted
        wanted = wanted.where(events.c.bundle == bundle) if bundle else wanted
        if units is not None:
            wanted = wanted.where(events.c.bundle.in_(select(filings.c.bundle).where(filings.c.unit.in_(units))))
        with self.read() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [Look(row["number"], parse_iso(row["at"]), row["bundle"], row["by"]) for row in rows]

    def claim(self, bundle: str, by: str, *, from_whom: str | None = None) -> None:
        """The clerk `by` has it; one that a colleague has is taken only `from_whom`. Raises NotFound, Stale."""
        with self._write() as connection:
            self._claim(connection, bundle, by, from_whom)

    def _claim(self, connection: Connection, bundle: str, by: str, from_whom: str | None = None) -> None:
        row = _open_row(connection, bundle)
        if row["claimed_by"] not in (None, by, from_whom):
            raise Stale(f"{row['claimed_by']} has it", code="claimed")
        if row["claimed_by"] != by:
            connection.execute(update(filings).where(filings.c.bundle == bundle).values(claimed_by=by))
            self._note(connection, bundle, "claimed", by)

    def hand_over(self, bundle: str, by: str, to: str | None) -> None:
        """Give it to the colleague `to`, or back to all. Raises NotFound, Stale (somebody else has it)."""
        with self._write() as connection:
            row = _open_row(connection, bundle)
            if row["claimed_by"] not in (None, by):
                raise Stale(f"{row['claimed_by']} has it", code="claimed")
            connection.execute(update(filings).where(filings.c.bundle == bundle).values(claimed_by=to))
            self._note(connection, bundle, "handed over" if to else "put back", by)

    def correct(self, bundle: str, by: str, key: str, value: str | None) -> None:
        """Keep what the clerk, who has the filing from now on, says stands there. Raises NotFound, Stale, WrongUse."""
        found = self.filing(bundle)
        if found.manifest is None or key not in found.manifest.fields:
            raise WrongUse("the filing has no such field")
        reading = found.manifest.fields[key]
        read = reading.value
        if value is None and read is None and reading.state is FieldState.FILLED and not reading.candidates:
            value = ""  # something stands there that needs no reading, such as a signature: confirmed
        said = {"field": key, "read_as": read, "is": value, "role": ROLE, "at": self._clock.now()}
        correction = Correction.model_validate(said)
        same = value in (read, "")
        with self._write() as connection:
            self._claim(connection, bundle, by)
            self._note(connection, bundle, "confirmed" if same else "corrected", by, correction)

    def answered(self, bundle: str, state: str, by: str, reason: str | None = None) -> None:
        """Note that it was accepted, returned, forwarded, or that somebody elsewhere has it."""
        with self._write() as connection:
            values = {"state": state, "since": iso(self._clock.now()), "reason": reason}
            changed = update(filings).where(filings.c.bundle == bundle, filings.c.state == OPEN).values(values)
            if connection.execute(changed).rowcount:
                self._note(connection, bundle, state, by)

    def end(self, days: int) -> list[str]:
        """Remove the content of what was answered more than `days` days ago; gives the bundles."""
        before = iso(self._clock.now() - timedelta(days=days))
        old = (filings.c.state != OPEN) & (filings.c.since < before) & filings.c.content.is_not(None)
        with self.read() as connection:
            ending = [str(bundle) for bundle in connection.execute(select(filings.c.bundle).where(old)).scalars()]
        for bundle in ending:
            self._end(bundle)
        return ending

    def _end(self, bundle: str) -> None:
        with self._write() as connection:
            connection.execute(update(filings).where(filings.c.bundle == bundle).values(who=None, content=None))
            connection.execute(update(events).where(events.c.bundle == bundle).values(content=None))

    def sweep(self) -> None:
        """Remove blobs on which no filing stands any more."""
        with self.read() as connection:
            rows = connection.execute(select(filings.c.bundle, filings.c.content).where(filings.c.content.is_not(None)))
            kept = {name for bundle, sealed in rows for name in self._names(bundle, sealed)}
        now = self._clock.now().timestamp()
        for name in self.blobs.names():
            if name not in kept:
                self.blobs.remove_old(name, now=now, older_than=3600.0)

    def _names(self, bundle: str, sealed: bytes) -> Iterator[str]:
        content = self._vault.unseal(sealed, context=f"office/content/{bundle}")
        originals, pictures = content.get("originals"), content.get("pictures")
        yield from originals.values() if isinstance(originals, dict) else ()
        yield from pictures if isinstance(pictures, list) else ()
        yield str(content.get("document"))

    def _note(
        self, connection: Connection, bundle: str, what: str, by: str, correction: Correction | None = None
    ) -> None:
        sealed = None
        if correction is not None:
            said: dict[str, object] = correction.model_dump(mode="json")
            sealed = self._vault.seal(said, context=f"office/event/{bundle}")
        row = {"bundle": bundle, "at": iso(self._clock.now()), "what": what, "by": by, "content": sealed}
        connection.execute(insert(events).values(row))


def _turn(manifest: Manifest) -> str:
    """Sorts urgent filings first, then by the day they are due, then by the time of hand-over."""
    due = manifest.due.isoformat() if manifest.due else "9999-12-31"
    return f"{int(manifest.routing.priority != 'urgent')} {due} {iso(manifest.handed_over)}"


def _open_row(connection: Connection, bundle: str) -> RowMapping:
    row = connection.execute(select(filings).where(filings.c.bundle == bundle)).mappings().first()
    if row is None:
        raise NotFound(f"no filing {bundle}")
    if row["state"] != OPEN:
        raise Stale("it was answered meanwhile", code="answered")
    return row


@contextmanager
def open_shelf(folder: Path, key: Path, clock: Clock) -> Iterator[Shelf]:
    """The shelf in `folder`; its key lies at `key`, made if nothing was ever kept. Raises BadFile, Away, Damaged."""
    durable.make_private_folder(folder)
    database = folder / "office.db"
    if not database.exists() and not key.exists():
        new_vault_key(key)
    vault = load_vault(key)
    engine = open_engine(f"sqlite:///{database}")
    try:
        with translated(), engine.begin() as connection:
            metadata.create_all(connection)
        durable.make_private(folder.glob("office.db*"))
        yield Shelf(engine, Blobs(folder / "blobs", vault), vault, clock)
    finally:
        engine.dispose()
