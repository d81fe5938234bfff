"""Profiles of the devices that write into drop folders, as data: which names are scans, how long they pause.

A profile is a TOML file in `scanners/profiles`; what each key means to a device stands in FOLDERS.md. Patterns are
shell patterns and are compared without regard to case.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import translate
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from intake.base.errors import BadFile
from intake.base.texts import Text
from intake.base.toml import load_toml

PROFILES = Path(__file__).parent / "profiles"
PLAIN = "plain"
_PLACES = re.compile(r"\{(batch|page)\}")


_SHARE_KEEP_DAYS = 7.0
"""A share is somebody else's disk: whoever serves it may need the original while the point's ledger is restored."""


class NameKind(StrEnum):
    """The meaning of a name in a drop folder."""

    SCAN = "scan"
    TEMP = "temp"
    """The device is still writing and will rename it."""
    IGNORED = "ignored"
    """Not a paper: a system's own file or a device's side file."""
    FOREIGN = "foreign"
    """Neither a scan of this device nor known to be harmless: shown to a person."""


class BatchRule(BaseModel):
    """For a device that writes one file a page: which files are one hand-over and when it is over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page_name: str
    """Pattern with `{batch}` (any text) and `{page}` (digits), such as `{batch}_{page}.jpg`; `*` is any text."""
    end_name: str | None = None
    """Name of the file a device writes when the batch is over, with `{batch}`; None: the quiet time ends it."""
    quiet_seconds: float = Field(default=10.0, ge=0, le=3600)
    """No new page for this long ends a batch without an end file."""

    @field_validator("page_name")
    @classmethod
    def _has_both(cls, value: str) -> str:
        if value.count("{batch}") != 1 or value.count("{page}") != 1:
            msg = "must hold {batch} once and {page} once"
            raise ValueError(msg)
        return value

    @cached_property
    def _page(self) -> re.Pattern[str]:
        return _pattern(self.page_name)

    @cached_property
    def _end(self) -> re.Pattern[str] | None:
        return _pattern(self.end_name) if self.end_name else None

    def page_of(self, name: str) -> tuple[str, int] | None:
        """(batch, page number) of a page's name, or None."""
        found = self._page.fullmatch(name)
        return (found["batch"], int(found["page"])) if found else None

    def ends(self, name: str) -> str | None:
        """The batch that an end file of this name closes, or None."""
        found = self._end.fullmatch(name) if self._end else None
        return found["batch"] if found else None


def _pattern(text: str) -> re.Pattern[str]:
    """`text` with its placeholders as a pattern; everything else is literal but `*`."""
    groups = {"batch": "(?P<batch>.+?)", "page": "(?P<page>[0-9]{1,9})"}
    parts = _PLACES.split(text)  # literals at even places, placeholder names at odd ones
    made = [
        groups[part] if place % 2 else ".*".join(re.escape(piece) for piece in part.split("*"))
        for place, part in enumerate(parts)
    ]
    return re.compile("".join(made), re.IGNORECASE | re.DOTALL)


class Profile(BaseModel):
    """One kind of device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text
    patterns: tuple[str, ...] = ("*",)
    temp_patterns: tuple[str, ...] = ()
    ignored_patterns: tuple[str, ...] = ()
    quiet_seconds: float = Field(default=0.0, ge=0, le=3600)
    """The least quiet time for this device; the folder's own setting may ask for more."""
    empty_seconds: float = Field(default=0.0, ge=0, le=3600)
    """An empty file is reported only after this long: some devices open the file and then scan."""
    settle_limit_seconds: float = Field(default=60.0, gt=0, le=86400)
    """An unfinished file that has not changed for this long is refused as damaged."""
    closed_limit_seconds: float = Field(default=10.0, gt=0, le=86400)
    """The same where the system can tell that no writer has the file open (local folders)."""
    keep_days: float | None = Field(default=None, ge=0, le=3650)
    """How long a taken original stays in `.taken`; None: seven days on a share, else the watch time only."""
    largest_bytes: int = Field(default=200_000_000, gt=0)
    batch: BatchRule | None = None

    def days_kept(self, *, local: bool) -> float:
        """How long a taken original stays: in a local folder only while a device may still write into it (M1)."""
        if self.keep_days is not None:
            return self.keep_days
        return 0.0 if local else _SHARE_KEEP_DAYS

    @cached_property
    def _names(self) -> tuple[tuple[NameKind, re.Pattern[str]], ...]:
        kinds = (
            (NameKind.IGNORED, self.ignored_patterns),
            (NameKind.TEMP, self.temp_patterns),
            (NameKind.SCAN, self.patterns),
        )
        return tuple(
            (kind, re.compile("|".join(translate(pattern) for pattern in patterns), re.IGNORECASE))
            for kind, patterns in kinds
            if patterns
        )

    def kind_of(self, name: str) -> NameKind:
        """The meaning of `name`."""
        return next((kind for kind, pattern in self._names if pattern.match(name)), NameKind.FOREIGN)


@dataclass(frozen=True, slots=True)
class Waits:
    """The times that hold for one folder, in seconds: its own settings and its profile's, whichever asks for more."""

    quiet: float
    empty: float
    unfinished: float
    unfinished_closed: float

    @classmethod
    def of(cls, profile: Profile, quiet_seconds: float) -> "Waits":
        """The waits for a folder whose settings ask for `quiet_seconds`."""
        quiet = max(profile.quiet_seconds, quiet_seconds)
        return cls(
            quiet=quiet,
            empty=max(quiet, profile.empty_seconds),
            unfinished=max(quiet, profile.settle_limit_seconds),
            unfinished_closed=max(quiet, min(profile.closed_limit_seconds, profile.settle_limit_seconds)),
        )


def load_profile(name: str | None, *, folder: Path = PROFILES) -> Profile:
    """The profile of that name; None: the plain one. Raises BadFile naming the ones there are."""
    path = folder / f"{name or PLAIN}.toml"
    known = sorted(other.stem for other in folder.glob("*.toml"))
    if path.stem not in known:
        raise BadFile(path, f"no such scanner profile; there are {', '.join(known)}", key="profile")
    return load_toml(path, Profile)
