"""A point's health as its note to the hub says it, and whether the hub heard it.

Nothing personal is in it: ids of ours, numbers, times, codes, and sentences of `doctor` without the machine's paths.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from intake.base import durable
from intake.base.filing import Frozen
from intake.base.settings import Settings
from intake.base.states import State
from intake.base.texts import Language
from workers.seal.manifest import Moment, Name

Subject = Literal["health", "figures"]
Code = Annotated[str, StringConstraints(max_length=60)]
Line = Annotated[str, StringConstraints(max_length=600)]
Count = Annotated[int, Field(ge=0)]


class ScannerHealth(Frozen):
    """One drop folder."""

    id: Name
    notice: Code | None = None
    """`away`: its folder cannot be reached; `disk_full`; `too_many_open`."""
    last_paper: Moment | None = None


class CertificateEnd(Frozen):
    """When a certificate ends: the point's own, its CA's, the page's, or the newest one pinned of an authority."""

    whose: Name
    ends: Moment


class WorkGroup(Frozen):
    """Filings on their way in the same state for the same reason."""

    state: State
    reason: Code | None = None
    provider: Name | None = None
    count: Count
    late: Count
    """So many are older than the state allows."""
    since: Moment


class Remark(Frozen):
    """Something that `doctor` found not to be in order."""

    text: Line
    fi: Line = ""
    sv: Line = ""
    """In Finnish and Swedish; empty where only English is known."""
    blocks: bool

    def in_language(self, language: Language) -> tuple[str, str]:
        """The sentence as far as it is known in `language`, and the language that it is in."""
        said = {"fi": self.fi, "sv": self.sv}.get(language)
        return (said, language) if said else (self.text, "en")


class PointHealth(Frozen):
    """All that a point tells of itself."""

    software: Line
    name: Line
    scanners: tuple[ScannerHealth, ...] = ()
    notices: tuple[Code, ...] = ()
    """What is wrong with other parts: `hub_away`, `hub_denied`, `disk_full`, `too_many_open`, `rules_refused`."""
    disk_free_bytes: Count
    disk_is_low: bool
    certificates: tuple[CertificateEnd, ...] = ()
    rules: Line
    """Version of the rule set in use."""
    forms: Count
    """Editions of forms known."""
    taken_set: Line | None = None
    """Name of the signed set in use, such as `main-7`; None: the point's own files."""
    newer_sets: tuple[Line, ...] = ()
    """Signed sets at the hub that wait to be taken into use."""
    work: tuple[WorkGroup, ...] = ()
    dead: dict[Name, Count] = {}
    """By authority: filings of the queue that its office has given up on."""
    doctor: tuple[Remark, ...] = ()


class Told(Frozen):
    """Whether the hub knows how the point is, or its figures."""

    told: Moment | None = None
    """When it last heard of it."""
    code: str | None = None
    """Why it could not be told after that: `away`, `denied`, ..."""


def last_told(settings: Settings, subject: Subject = "health") -> Told:
    """Read what the running point last noted about telling the hub."""
    try:
        return Told.model_validate_json((settings.here.data / f"{subject}.json").read_bytes())
    except (OSError, ValueError):
        return Told()


def note_told(settings: Settings, told: Told, subject: Subject = "health") -> None:
    """Keep it for `status` and `doctor`. Raises DiskFull, Denied, Away."""
    durable.write(settings.here.data / f"{subject}.json", told.model_dump_json().encode())
