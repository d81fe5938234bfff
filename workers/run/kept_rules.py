"""Keeps every set of the point's own rules that was in use, and who put it there, when and why.

    data/rules/history.json        one entry for each time another set came into use, the newest last
    data/rules/<version>/          the files of a set; of old sets the last are kept

A set is put into the point's folder under a manifest that names exactly its files, so that one that is half copied is
refused (I-06); the point then works on with the set it kept.
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from intake.base import durable
from intake.base.clock import Clock, iso
from intake.base.errors import BadFile, NotFound
from intake.base.filing import Frozen
from routing_rules.load import MANIFEST, load_rules, rule_files

HISTORY = "history.json"
MOST_KEPT = 30


class Entry(Frozen):
    """One set that came into use."""

    version: str = Field(pattern=r"^[0-9a-f]{16}$")
    at: str
    """ISO 8601 UTC."""
    by: str
    """Who put it there: the name given, or the account that owns the files."""
    why: str


_ENTRIES = TypeAdapter(tuple[Entry, ...])


def folder_of(data: Path) -> Path:
    """Where sets are kept in the point's data folder."""
    return data / "rules"


def history(data: Path) -> tuple[Entry, ...]:
    """The sets that came into use, the newest last. Raises BadFile."""
    path = folder_of(data) / HISTORY
    try:
        return _ENTRIES.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        raise BadFile(path, "cannot be read; move it away, and the next start begins a new history") from error


def kept_at(data: Path, version: str) -> Path:
    """The folder of a kept set. Raises NotFound."""
    folder = folder_of(data) / version
    if not folder.is_dir():
        raise NotFound(f"no set of rules {version} is kept here; see 'vireille rules history'")
    return folder


def keep(data: Path, rules: Path, version: str, clock: Clock, *, by: str = "", why: str = "") -> None:
    """Keep the proved set in `rules` as the one in use, unless it is the newest kept already.

    Without `by` the account counts that owns the newest file. Raises BadFile, DiskFull, Denied, Away.
    """
    kept = folder_of(data)
    durable.make_folder(kept)
    with durable.locked(kept, alone=True):
        known = history(data)
        if known and known[-1].version == version and not by:
            return
        _copy(rules, kept / version)
        if load_rules(kept / version, in_use=True).version != version:
            raise BadFile(rules, "the files change while they are copied; try again")
        entry = Entry(version=version, at=iso(clock.now()), by=by or _owner(rules), why=why)
        entries = (*known, entry)
        durable.write(kept / HISTORY, _ENTRIES.dump_json(entries, indent=1))
        _forget(kept, entries)


def rule_bytes(source: Path) -> dict[str, bytes]:
    """The files of the set in `source`, its manifest too where it has one. Raises NotFound: none is there."""
    files = {path.name: path.read_bytes() for path in rule_files(source)}
    if not files:
        raise NotFound(f"{source} holds no rules; nothing was changed")
    manifest = source / MANIFEST
    return files | ({MANIFEST: manifest.read_bytes()} if manifest.is_file() else {})


def put_into(rules: Path, files: Mapping[str, bytes]) -> None:
    """Make `files` the point's rules, whole or refused. Raises DiskFull, Denied, Away."""
    new = {name: data for name, data in files.items() if name != MANIFEST}
    lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(new.items()))
    durable.write(rules / MANIFEST, "".join(lines).encode(), mode=0o644)
    _write(rules, new)
    if MANIFEST not in files:
        durable.remove(rules / MANIFEST)


def _copy(source: Path, folder: Path) -> None:
    durable.make_folder(folder)
    _write(folder, {path.name: path.read_bytes() for path in rule_files(source)})


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Exactly these rule files in the folder."""
    for name, data in files.items():
        durable.write(folder / name, data, mode=0o644)
    for path in rule_files(folder):
        if path.name not in files:
            durable.remove(path)


def _owner(rules: Path) -> str:
    newest = max(rule_files(rules), key=lambda path: path.stat().st_mtime_ns)
    try:
        return newest.owner()
    except KeyError:  # an account that was removed
        return str(newest.stat().st_uid)


def _forget(kept: Path, entries: tuple[Entry, ...]) -> None:
    """Of old sets only the last are needed to go back to."""
    wanted = list(dict.fromkeys(entry.version for entry in reversed(entries)))[:MOST_KEPT]
    for folder in kept.iterdir():
        if folder.is_dir() and folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
