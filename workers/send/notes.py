"""Signed notes from a point to the hub: its health each minute, its figures; read by whoever runs the operator's page.

A note is a small JSON document, signed with the point's signing key (the content lies in the signature) and put at a
fixed key, `notes/<point>/<kind>.p7s`, over the one before. Nothing personal may stand in it: it is signed, not sealed.

A point writes: `send_note(store, keys.signer, Note(kind="figures", point=..., at=clock.now(), body={...}))`.
A reader asks: `read_notes(store, "figures", trusted_points(keys_folder, CA_FILES), kept=folder, now=clock.now())` and
gets the newest true note of every point, from a folder of its own where the hub has lost it, is away, or holds an older
one. What lies at the hub and is not true is named (`NoteRead.problem`), never used. The body is the reader's to check:
`read_json` of a model of its own, for it may have grown.

Promises that a note that is given was signed by the point that it names, and is not older than any read before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue

from intake.base import durable
from intake.base.errors import NotFound, Untrusted
from intake.base.filing import Frozen
from intake.base.settings import POINT_ID
from workers.deliver.ports import Store
from workers.seal import certificates
from workers.seal.growing import read_json
from workers.seal.keys import Identity
from workers.seal.manifest import Moment, Name
from workers.seal.signature import sign_embedded, verify_note
from workers.seal.trust import TrustedPoint, check_bound

Kind = Literal["health", "figures"]
MOST_BYTES = 900_000
OLDER = "older"
"""The code of a note that is true, and older than one that was read before: somebody put it back."""
IN_ITS_NAME = "in_its_name"
"""The code of a note that one trusted point signed in the name of another."""
CROSSED = timedelta(seconds=60)
"""Two processes of a point may write in the wrong order: a note older by less than this is no news, and no alarm."""
_SUFFIX = ".p7s"


class Note(Frozen):
    """A point's statement about itself."""

    schema_version: int = Field(default=1, ge=1)
    kind: Kind
    point: Name
    at: Moment
    body: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class NoteRead:
    """A point's newest true note, None if there is none; and what is wrong with that at the hub."""

    point: str
    note: Note | None
    problem: str | None = None
    """A code: `older`, or why it is not believed.

    `unknown_point`, `in_its_name`, `altered`; `not_fit`: its certificate; `malformed`; `clock`: from the future.
    """
    message: str | None = None


def note_key(point: str, kind: Kind) -> str:
    """The key of a point's note in the store."""
    return f"notes/{point}/{kind}{_SUFFIX}"


def send_note(store: Store, signer: Identity, note: Note) -> None:
    """Sign `note` and put it over the one before. Raises Unsealable, Away, Denied."""
    store.replace(note_key(note.point, note.kind), sign_embedded(note.model_dump_json().encode(), signer, at=note.at))


def read_notes(
    store: Store, kind: Kind, trusted: Sequence[TrustedPoint], *, kept: Path, now: datetime
) -> list[NoteRead]:
    """Every point's newest note, in the order of their ids. `kept`: a private folder, made where it is missing.

    Raises Away or Denied: the hub does not answer; `kept_notes` still tells what was known.
    """
    at_hub = [point for key in store.list("notes/") if (point := _point_of(key, kind))]
    durable.make_private_folder(kept)
    known = {read.point: read for read in kept_notes(kind, trusted, kept=kept, now=now)}
    for point in at_hub:
        before = known.get(point, NoteRead(point, None))
        try:
            untrusted = store.read(note_key(point, kind), MOST_BYTES)
            note = _checked(untrusted, kind, point, trusted, now)
        except NotFound:  # it went in between
            continue
        except Untrusted as error:
            known[point] = replace(before, problem=error.code, message=error.message)
            continue
        if before.note is not None and before.note.at - CROSSED < note.at < before.note.at:
            continue
        if before.note is not None and note.at < before.note.at:
            known[point] = replace(before, problem=OLDER, message="an older note of this point lies at the hub again")
            continue
        known[point] = NoteRead(point, note)
        if before.note != note:
            durable.write(kept / f"{point}.{kind}{_SUFFIX}", untrusted)
    return [known[point] for point in sorted(known)]


def kept_notes(kind: Kind, trusted: Sequence[TrustedPoint], *, kept: Path, now: datetime) -> Iterator[NoteRead]:
    """The newest notes that were read before; those of points no longer trusted are left out."""
    for file in sorted(kept.glob(f"*.{kind}{_SUFFIX}")):
        point = file.name.removesuffix(f".{kind}{_SUFFIX}")
        try:
            yield NoteRead(point, _checked(file.read_bytes(), kind, point, trusted, now))
        except Untrusted:
            continue


def _checked(untrusted: bytes, kind: Kind, point: str, trusted: Sequence[TrustedPoint], now: datetime) -> Note:
    """Raises Untrusted: not signed by this point, or not the note that should lie there."""
    content, signed = verify_note(untrusted, [signer.ca for signer in trusted], now=now)
    try:
        check_bound(signed, trusted)
    except Untrusted as error:
        code = IN_ITS_NAME if error.code == "not_fit" else error.code
        raise Untrusted(error.message, code=code) from error
    note = read_json(Note, content, "a point's note")
    if certificates.common_name(signed.certificate) != point:
        raise Untrusted(f"signed by another point than '{point}'", code=IN_ITS_NAME)
    if (note.kind, note.point) != (kind, point) or note.at.replace(microsecond=0) != signed.at:
        raise Untrusted("a true note of another kind, point or time lies under this key", code="altered")
    return note


def _point_of(key: str, kind: Kind) -> str | None:
    """The point whose note of this kind lies under `key`; None for anything else that lies there."""
    parts = key.split("/")
    is_note = len(parts) == 3 and parts[2] == f"{kind}{_SUFFIX}" and re.fullmatch(POINT_ID, parts[1])
    return parts[1] if is_note else None
