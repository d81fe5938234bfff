"""`package.json`: what a package holds, and which files may be in one. Shape in PACKAGE.md.

Promises that what parses is complete and closed, that writing is deterministic, and that no name leads out of its
folder.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from intake.base.errors import Untrusted, WrongUse
from intake.base.filing import Frozen
from intake.base.taken import PARTS, Channel
from workers.seal.manifest import SealedFile

SCHEMA = 1
MOST_FILES = 5_000
MOST_BYTES = 200_000_000
MOST_VERSION = 99_999_999
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_NAMES = {
    "rules": rf"rules/({_SEGMENT}\.toml|MANIFEST)",
    "providers": rf"providers/({_SEGMENT}/){{0,2}}{_SEGMENT}\.(toml|pem)",
    "forms": rf"forms/({_SEGMENT}/){{1,3}}{_SEGMENT}\.(toml|pdf|face)",
    "matters": rf"matters/{_SEGMENT}\.toml",
}
FileName = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(_NAMES.values())})$")]
Version = Annotated[int, Field(ge=1, le=MOST_VERSION)]


class Contents(Frozen):
    """All of `package.json`."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    channel: Channel
    version: Version
    files: dict[FileName, SealedFile] = Field(min_length=1, max_length=MOST_FILES)

    @property
    def parts(self) -> dict[str, int]:
        """The number of files in each part."""
        return dict(Counter(name.split("/", 1)[0] for name in self.files))


def to_json(contents: Contents) -> bytes:
    """Deterministic: keys sorted, no white space."""
    table = contents.model_dump(mode="json", by_alias=True)
    return json.dumps(table, sort_keys=True, separators=(",", ":")).encode()


def from_json(untrusted: bytes) -> Contents:
    """The contents in `untrusted`. Raises Untrusted: not ours, unknown keys, or a name that no package may hold."""
    try:
        contents = Contents.model_validate_json(untrusted)
    except ValidationError as error:
        raise Untrusted("package.json is not as PACKAGE.md says") from error
    if sum(file.bytes for file in contents.files.values()) > MOST_BYTES:
        raise Untrusted(f"the package holds more than {MOST_BYTES} bytes")
    if to_json(contents) != untrusted:
        raise Untrusted("package.json is not written as PACKAGE.md says")
    return contents


def gathered(folder: Path) -> dict[str, Path]:
    """The files of a folder with any of `rules/`, `providers/`, `forms/`, `matters/`, by name in the package, sorted.

    Names that begin with a dot are left out. Raises WrongUse for a link, a stray file or a private key: a mistake there
    would travel to every point.
    """
    found = {path.relative_to(folder).as_posix(): path for part in PARTS for path in _files(folder / part)}
    if not found:
        raise WrongUse(f"{folder} holds none of {', '.join(f'{part}/' for part in PARTS)}")
    for name, path in found.items():
        if not _may_be(name):
            raise WrongUse(f"{path}: a package does not hold such a file; take it out")
        if path.suffix == ".pem" and b"PRIVATE KEY" in path.read_bytes():
            raise WrongUse(f"{path} holds a private key; take it out, and make a new one if others have seen it")
    return dict(sorted(found.items()))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.is_symlink():
            raise WrongUse(f"{path} is a link; copy the file itself")
        if path.is_file():
            yield path


def _may_be(name: str) -> bool:
    try:
        Contents(channel="x", version=1, files={name: SealedFile(sha256="0" * 64, bytes=0)})
    except ValidationError:
        return False
    return True


def differing(root: Path, files: Mapping[str, SealedFile]) -> str | None:
    """The first file under `root` that is missing, strange or not as listed; None if all is as it was signed."""
    there = {path.relative_to(root).as_posix() for part in PARTS for path in (root / part).rglob("*") if path.is_file()}
    for name in sorted(there ^ set(files)):
        return name
    for name, listed in files.items():
        try:
            if hashlib.sha256((root / name).read_bytes()).hexdigest() != listed.sha256:
                return name
        except OSError:
            return name
    return None
