"""Makes the ledger's tables, and turns an older ledger into a newer one in one transaction (A-14).

Triggers hold what no code may break: illegal state changes (D-04) and edits of the chained event log (F-11).
"""

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, RowMapping, insert, inspect, select, text

from intake.base.clock import parse_iso
from intake.base.errors import Damaged, WrongUse
from intake.base.filing import Document
from intake.base.states import BORN, TRANSITIONS, State
from intake.base.texts import Text
from workers.ledger import history, stored
from workers.ledger.audit import chain_key, digest_of
from workers.ledger.database import Ledger
from workers.ledger.scans import insert_once
from workers.ledger.schema import VERSION, events, filings, kept, meta, metadata, refused, scans, transitions

_SQLITE_TRIGGERS = (
    "CREATE TRIGGER filings_states BEFORE UPDATE OF state ON filings WHEN OLD.state <> NEW.state AND NOT EXISTS"
    " (SELECT 1 FROM transitions WHERE start = OLD.state AND state = NEW.state)"
    " BEGIN SELECT RAISE(ABORT, 'illegal state change'); END",
    "CREATE TRIGGER filings_born BEFORE INSERT ON filings WHEN NOT EXISTS"
    " (SELECT 1 FROM transitions WHERE start = '' AND state = NEW.state)"
    " BEGIN SELECT RAISE(ABORT, 'illegal state change'); END",
    "CREATE TRIGGER filings_kept BEFORE DELETE ON filings BEGIN SELECT RAISE(ABORT, 'filings are never deleted'); END",
    "CREATE TRIGGER events_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END",
    "CREATE TRIGGER events_fixed BEFORE UPDATE OF id, at, what, filing, start, state, code, actor, private_sha256,"
    " digest ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
)

_POSTGRES_TRIGGERS = (
    "CREATE FUNCTION vireille_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF TG_OP = 'UPDATE' AND OLD.state = NEW.state THEN RETURN NEW; END IF;"
    " IF NOT EXISTS (SELECT 1 FROM transitions"
    "  WHERE start = CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE '' END AND state = NEW.state)"
    " THEN RAISE EXCEPTION 'illegal state change'; END IF; RETURN NEW; END $$",
    "CREATE FUNCTION vireille_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'this table is never changed this way'; END $$",
    "CREATE TRIGGER filings_states BEFORE INSERT OR UPDATE OF state ON filings"
    " FOR EACH ROW EXECUTE FUNCTION vireille_state()",
    "CREATE TRIGGER filings_kept BEFORE DELETE ON filings FOR EACH ROW EXECUTE FUNCTION vireille_kept()",
    "CREATE TRIGGER events_kept BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION vireille_kept()",
    "CREATE TRIGGER events_fixed BEFORE UPDATE OF id, at, what, filing, start, state, code, actor, private_sha256,"
    " digest ON events FOR EACH ROW EXECUTE FUNCTION vireille_kept()",
)


def _create(connection: Connection) -> None:
    """All tables and triggers of an empty database."""
    metadata.create_all(connection)
    postgres = connection.dialect.name == "postgresql"
    for statement in _POSTGRES_TRIGGERS if postgres else _SQLITE_TRIGGERS:
        connection.execute(text(statement))
    connection.execute(insert(meta), [{"key": "version", "value": str(VERSION)}, {"key": "head", "value": "0:"}])


def _second(connection: Connection, _: Ledger) -> None:
    """Version 2: an index finds the next filing by its due time."""
    connection.execute(text("DROP INDEX IF EXISTS filings_by_turn"))


def _third(connection: Connection, ledger: Ledger) -> None:
    """Version 3: filings say where their bytes lie; how they were judged and where they went stands in plain rows."""
    _must_open(connection, ledger)
    connection.execute(text("ALTER TABLE filings ADD COLUMN place VARCHAR NOT NULL DEFAULT ''"))
    connection.execute(text("DROP INDEX IF EXISTS filings_by_due"))
    metadata.create_all(connection)
    for index in (*filings.indexes, *kept.indexes, *refused.indexes):
        index.create(connection, checkfirst=True)
    _keep_facts(connection, ledger)


def _fourth(connection: Connection, _: Ledger) -> None:
    """Version 4: a person may dismiss a refused file from the list."""
    connection.execute(text("ALTER TABLE refused ADD COLUMN dismissed VARCHAR"))


MIGRATIONS = (_second, _third, _fourth)
"""Step n turns version n + 1 into version n + 2; an empty database is made in the present one's shape at once."""


def version_of(connection: Connection) -> int:
    """The ledger's version; 0 for an empty database."""
    if not inspect(connection).has_table("meta"):
        return 0
    found = connection.execute(select(meta.c.value).where(meta.c.key == "version")).scalar()
    return int(found) if found is not None else 0


def migrate(connection: Connection, ledger: Ledger) -> None:
    """Bring the ledger to `VERSION` within the transaction of `connection` (A-14).

    Raises:
        WrongUse: the ledger is newer than this program, or was made with another vault key.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7346201)"))  # two machines starting at once
    found = version_of(connection)
    refuse_newer(found)
    if found == 0:
        _create(connection)
    else:
        for step in MIGRATIONS[found - 1 :]:
            step(connection, ledger)
    if found < VERSION:
        connection.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))
        insert_once(connection, meta, {"key": _VAULT, "value": ledger.vault.fingerprint()})
    check_vault(connection, ledger)
    _allow(connection)


def refuse_newer(found: int) -> None:
    """Raise WrongUse if the ledger was written by a newer version of this program."""
    if found > VERSION:
        msg = f"the ledger has version {found} and this program knows {VERSION}; install the newer vireille again"
        raise WrongUse(msg, code="newer_ledger")


_VAULT = "vault"


def check_vault(connection: Connection, ledger: Ledger) -> None:
    """Raise WrongUse unless the ledger was made with this machine's vault key."""
    made_with = connection.execute(select(meta.c.value).where(meta.c.key == _VAULT)).scalar()
    if made_with is not None and made_with != ledger.vault.fingerprint():
        raise _other_vault_key()


def _other_vault_key() -> WrongUse:
    return WrongUse(
        "the ledger was made with another vault key than this machine's: bring that vault.key here (all machines of one"
        " ledger have the same one), or set [ledger] url to a ledger of this machine's own",
        code="other_vault_key",
    )


def _must_open(connection: Connection, ledger: Ledger) -> None:
    """Prove the key by the chain's newest link, since an older ledger does not name its key. Raises WrongUse."""
    last = connection.execute(select(events).order_by(events.c.id.desc()).limit(2)).mappings().all()
    if last:
        before = str(last[1]["digest"]) if len(last) > 1 else ""
        if digest_of(dict(last[0]), before, chain_key(ledger)) != last[0]["digest"]:
            raise _other_vault_key()


def _allow(connection: Connection) -> None:
    """The database lets every change of state pass that the program allows."""
    there = {(start, state) for start, state in connection.execute(select(transitions.c.start, transitions.c.state))}
    wanted = {(start.value, end.value) for start, end in TRANSITIONS} | {("", state.value) for state in BORN}
    fresh = [{"start": start, "state": end} for start, end in sorted(wanted - there)]
    if fresh:
        connection.execute(insert(transitions), fresh)


_AT_ONCE = 500


def _keep_facts(connection: Connection, ledger: Ledger) -> None:
    """Keep what version 2 knew of how filings were judged and where they went; of a purged one only its row is left."""
    moves = _moves(connection)
    wanted = select(filings, scans.c.handed_over).join(scans, scans.c.sha256 == filings.c.scan)
    wanted = wanted.where(filings.c.verdict.is_not(None)).order_by(filings.c.seq).limit(_AT_ONCE)
    last = 0
    while rows := connection.execute(wanted.where(filings.c.seq > last)).mappings().all():
        last = rows[-1]["seq"]
        for row in rows:
            _keep_facts_of(connection, ledger, row, moves.get(row["id"], []))


def _moves(connection: Connection) -> dict[str, list[RowMapping]]:
    """The events in which filings were judged or sent somewhere, by filing, oldest first."""
    judged = (events.c.start == State.READ.value) & (events.c.state == State.CHECKED.value)
    sent = (events.c.start == State.READY.value) & (events.c.state == State.ROUTED.value)
    found: dict[str, list[RowMapping]] = {}
    for row in connection.execute(select(events).where(judged | sent).order_by(events.c.id)).mappings():
        found.setdefault(row["filing"], []).append(row)
    return found


def _keep_facts_of(connection: Connection, ledger: Ledger, row: RowMapping, moves: list[RowMapping]) -> None:
    newest = _judged_last(connection, ledger, row)
    judged = [move for move in moves if move["state"] == State.CHECKED.value]
    for move in judged[:-1]:
        earlier = replace(newest, at=move["at"], verdict=move["code"] or newest.verdict, findings=None)
        history.note_judged(connection, earlier)
    history.note_judged(connection, replace(newest, at=judged[-1]["at"] if judged else row["since"]))
    sent = [move for move in moves if move["state"] == State.ROUTED.value]
    if sent:
        day = ledger.here.as_of or parse_iso(sent[-1]["at"]).date()
        history.note_decided(connection, ledger, row["id"], _decided_last(ledger, row, day, sent[-1]["at"]))


def _judged_last(connection: Connection, ledger: Ledger, row: RowMapping) -> history.Judged:
    documents = [Document.model_validate(document) for document in _private_of(ledger, row).documents]
    if documents:
        return history.judged_of(ledger, row["id"], documents, row["handed_over"])
    here = ledger.here
    return history.Judged(
        filing=row["id"], at="", day=here.as_of or parse_iso(row["handed_over"]).date(), point=here.point,
        municipality=here.municipality, kind=row["kind"] or "unknown", provider=row["provider"], form=row["form"],
        edition=row["edition"], language=row["language"], verdict=row["verdict"],
        pages=len(stored.pages_of(connection, row["id"])), attachments=None, eservice=None, findings=None,
    )  # fmt: skip


def _decided_last(ledger: Ledger, row: RowMapping, day: date, at: str) -> history.Decided:
    route = _private_of(ledger, row).facts.get("route")
    if not isinstance(route, dict):
        return history.Decided(day, row["provider"], row["unit"], rule=None, words=None, version=None, at=at)
    return history.Decided(
        day=day, provider=route["provider"], unit=route["unit"], rule=route["rule"],
        words=Text.model_validate(route["reason"]), version=route["version"], priority=route["priority"],
        by_hand=route["version"] == "by-hand", at=at,
    )  # fmt: skip


def _private_of(ledger: Ledger, row: RowMapping) -> stored.Private:
    try:
        return stored.private_of(ledger, row)
    except Damaged:  # P6: one damaged row does not keep the point from starting; `verify` names it
        return stored.Private({}, ())
