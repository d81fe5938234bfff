"""Notices to the case system, each kept until it is taken: `OUT/.notices/<id>.json` waits, `OUT/.told/<id>` was taken.

Promises that the notices of one filing go out in their order, and that a filing whose notice is never taken holds no
other filing's back: it rests longer after each try, and after `RESTS` it is given up until a person sends it again.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from intake.base import durable
from intake.base.clock import iso
from intake.base.log import logger
from workers.backoffice.lease import LEASE_FILE

WAITING, TOLD = ".notices", ".told"
HOUR = 3600.0
RESTS = (1.0, 60.0, 300.0, 1800.0, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""Seconds after each no; three days in all, so that a weekend without the case system gives nothing up."""
AWAY_REST = 60.0
"""Seconds after a try that reached nobody; such a try does not count."""
RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the case system shall hear of a filing, and how that went so far."""

    id: str
    bundle: str
    what: str
    """`received`, or how it was answered."""
    at: str
    data: dict[str, str | None]
    tries: int = 0
    again: str = ""
    """Not before this time."""
    code: str = ""
    """Why the last try failed."""

    @property
    def given_up(self) -> bool:
        """Whether nobody sends it any more until a person says so."""
        return self.tries > len(RESTS)


def add(out: Path, what: str, data: dict[str, str | None], at: str) -> None:
    """Queue the notice that the filing `data["bundle"]` was `what`; once, however often it is asked for."""
    bundle = str(data["bundle"])
    name = bundle if what == RECEIVED else f"{bundle}-{what}"
    path = out / WAITING / f"{name}.json"
    if not path.exists() and not (out / TOLD / name).exists():
        durable.make_folder(path.parent)
        _write(out, Notice(name, bundle, what, at, data))


def unnoted(out: Path) -> Iterator[str]:
    """Bundles that lie received in `out` and whose reception was queued by nobody yet."""
    for path in out.glob(f"*/{LEASE_FILE}"):
        bundle = path.parent.name
        if not (out / TOLD / bundle).exists() and not (out / WAITING / f"{bundle}.json").exists():
            yield bundle


def waiting(out: Path) -> tuple[Notice, ...]:
    """All that were not taken yet, oldest first, each filing's in their order."""
    found = [notice for path in (out / WAITING).glob("*.json") if (notice := _read(path)) is not None]
    return tuple(sorted(found, key=lambda notice: (notice.at, notice.id)))


def due(out: Path, now: datetime) -> list[tuple[Notice, ...]]:
    """Filings whose first notice may be sent now, each with all of its notices; what was never tried comes first."""
    by_bundle = sorted(waiting(out), key=lambda notice: notice.bundle)
    filings = [tuple(group) for _, group in groupby(by_bundle, key=lambda notice: notice.bundle)]
    ready = [filing for filing in filings if not filing[0].given_up and filing[0].again <= iso(now)]
    return sorted(ready, key=lambda filing: (filing[0].again, filing[0].at))


def taken(out: Path, notice: Notice, now: datetime) -> None:
    """The case system has it."""
    durable.make_folder(out / TOLD)
    durable.write(out / TOLD / notice.id, iso(now).encode())
    durable.discard(out / WAITING / f"{notice.id}.json")


def failed(out: Path, notice: Notice, code: str, now: datetime, *, counts: bool) -> Notice:
    """The try failed with `code`: it rests, or is given up."""
    rest = RESTS[min(notice.tries, len(RESTS) - 1)] if counts else AWAY_REST
    later = iso(now + timedelta(seconds=rest))
    after = replace(notice, tries=notice.tries + counts, again=later, code=code)
    if (out / WAITING / f"{notice.id}.json").exists():  # not if the filing's matter ended meanwhile
        _write(out, after)
    return after


def send_again(out: Path, bundle: str | None = None) -> int:
    """Make all notices, or those of one filing, due now, as if never tried; gives how many."""
    found = [notice for notice in waiting(out) if bundle in (None, notice.bundle)]
    for notice in found:
        _write(out, replace(notice, tries=0, again=""))
    return len(found)


def last_told(out: Path, bundle: str) -> str | None:
    """When the case system took the newest notice of a filing; None: it has had none."""
    marks = [path.read_text() for path in (out / TOLD).glob(f"{bundle}*")]
    return max(filter(None, marks), default=None)


def forget(out: Path, bundle: str) -> None:
    """The filing's matter ended here: nothing more is sent, and if it comes again it is told anew."""
    for path in (*(out / WAITING).glob(f"{bundle}*"), *(out / TOLD).glob(f"{bundle}*")):
        durable.discard(path)


def _write(out: Path, notice: Notice) -> None:
    durable.write(out / WAITING / f"{notice.id}.json", json.dumps(asdict(notice), sort_keys=True).encode())


def _read(path: Path) -> Notice | None:
    try:
        return Notice(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):  # taken this moment, or somebody wrote in it
        if path.exists():
            logger().warning("not_told", bundle=path.stem[:32], code="unreadable")
        return None
