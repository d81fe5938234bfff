"""Remembers which taken set of rules, providers, forms and matters a point uses: one small file, replaced whole.

    data/updates/current.json                the pointer, the only thing that says what is in use (I-06)
    data/updates/00000007-5f0c19aa/          a set as it was taken: package.json, rules/, providers/, forms/, matters/

Taking and going back are in `workers.publish.update`; here it is only read, so that every verb sees the same set.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from intake.base import durable
from intake.base.errors import BadFile

POINTER = "current.json"
PARTS = ("rules", "providers", "forms", "matters")
CONTENTS = "package.json"
Channel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class Kept(BaseModel):
    """A set that lies on this machine whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Channel
    version: int = Field(ge=1)
    folder: str = Field(pattern=r"^[0-9]{8}-[0-9a-f]{8}$")
    signed: str
    """When the publisher signed it, ISO 8601."""

    @property
    def name(self) -> str:
        """The set's name for people and bundles: `main-7`."""
        return f"{self.channel}-{self.version}"


class Taken(BaseModel):
    """The pointer. `now` None: the point's own folders are in use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    now: Kept | None = None
    before: Kept | None = None
    """What was in use before; `None`: the point's own folders, or nothing to go back to."""
    highest: dict[Channel, int] = {}
    """The newest version ever taken of each channel: nothing up to it is taken again."""


def read_taken(updates: Path) -> Taken | None:
    """The pointer in the folder `updates`; None if nothing was ever taken. Raises BadFile."""
    path = updates / POINTER
    try:
        return Taken.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise BadFile(path, "cannot be read; remove it to use the point's own files, then run 'vireille update'") from (
            error
        )


def write_taken(updates: Path, taken: Taken) -> None:
    """Replace the pointer: the one rename that puts a set into use. Raises DiskFull, Denied, Away."""
    durable.write(updates / POINTER, taken.model_dump_json().encode())
