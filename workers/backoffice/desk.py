"""What lies in an office's folder: the filings that wait for an answer, and counts of what was answered and failed."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import rmtree

from intake.base import durable
from intake.base.clock import parse_iso
from intake.base.errors import Damaged, NotFound, Untrusted, WrongUse
from workers.backoffice import notices
from workers.backoffice.lease import LEASE_FILE, Lease, read_lease
from workers.backoffice.office import SEEN
from workers.seal import manifest
from workers.seal.manifest import Manifest
from workers.send.receipt import Receipt, receipt_from_json

FAILURES = ".failures.json"
"""Below OUT: by day and code how many tries to open a bundle failed."""
LOST = ".lost"
"""Below OUT: folders of filings whose lease ended here and that others took."""
LOST_AT = "lost_at"
"""In such a folder: when it was put there."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A filing that lies here and waits for an answer."""

    manifest: Manifest
    lease: Lease
    folder: Path


def unanswered(out: Path) -> tuple[Unanswered, ...]:
    """All that lie in `out`, urgent ones first, then by the time of hand-over."""
    found = filter(None, map(_read, out.glob(f"*/{LEASE_FILE}")))
    return tuple(
        sorted(found, key=lambda filing: (filing.manifest.routing.priority != "urgent", filing.manifest.handed_over))
    )


def _read(path: Path) -> Unanswered | None:
    try:
        said = manifest.from_json((path.parent / manifest.NAME).read_bytes())
        return Unanswered(said, read_lease(path), path.parent)
    except (OSError, Untrusted, NotFound):  # answered or taken away this moment
        return None


def folder_of(out: Path, bundle: str) -> Path:
    """The folder of a filing, answered or not. Raises NotFound."""
    folder = out / bundle
    if not (bundle.isalnum() and (folder / manifest.NAME).is_file()):
        raise NotFound(f"no filing {bundle} in {out}; see 'vireille inbox unanswered'")
    return folder


def answers(out: Path) -> Iterator[Receipt]:
    """Every answer given from `out`. Raises Damaged."""
    for path in sorted((out / SEEN).glob("*.json")):
        try:
            yield receipt_from_json(path.read_bytes())
        except (OSError, Untrusted) as error:
            raise Damaged(f"{path} cannot be read; restore it, or delete it and answer again") from error


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened in one office's folder between two days."""

    accepted: dict[str, int]
    """By day."""
    returned: dict[str, int]
    reasons: dict[str, int]
    """Of the returned ones."""
    failures: dict[str, int]
    """Tries to open a bundle that failed, by code."""
    unanswered: int
    oldest: datetime | None
    """When the oldest unanswered filing was handed over."""
    notices: int
    """To the case system, not yet taken and not given up."""
    notices_given_up: dict[str, int]
    """By the code of the last try."""
    lost: int
    """Folders put aside because their lease was lost."""
    lost_since: datetime | None
    """When the oldest of them was."""


def counts(out: Path, first: date | None = None, last: date | None = None) -> Counts:
    """The counts of `first` to `last`, both included. Raises Damaged, WrongUse."""
    if first and last and last < first:
        raise WrongUse("--to lies before --from")

    def counted(day: date) -> bool:
        return (first is None or first <= day) and (last is None or day <= last)

    given = [answer for answer in answers(out) if counted(answer.at.date())]
    waiting, told_later, aside = unanswered(out), notices.waiting(out), lost(out)
    failures: Counter[str] = Counter()
    for day, codes in failed(out).items():
        if counted(date.fromisoformat(day)):
            failures.update(codes)
    return Counts(
        accepted=_by_day(answer for answer in given if answer.outcome == "accepted"),
        returned=_by_day(answer for answer in given if answer.outcome == "returned"),
        reasons=dict(sorted(Counter(answer.reason or "" for answer in given if answer.outcome == "returned").items())),
        failures=dict(sorted(failures.items())),
        unanswered=len(waiting),
        oldest=min((filing.manifest.handed_over for filing in waiting), default=None),
        notices=sum(not notice.given_up for notice in told_later),
        notices_given_up=dict(sorted(Counter(notice.code for notice in told_later if notice.given_up).items())),
        lost=len(aside),
        lost_since=min(aside.values(), default=None),
    )


def _by_day(given: Iterator[Receipt]) -> dict[str, int]:
    return dict(sorted(Counter(answer.at.date().isoformat() for answer in given).items()))


def failed(out: Path) -> dict[str, dict[str, int]]:
    """By day and code how many tries to open a bundle failed; what cannot be read counts as nothing."""
    try:
        said: dict[str, dict[str, int]] = json.loads((out / FAILURES).read_bytes())
    except (OSError, ValueError):
        return {}
    return said


def count_failures(out: Path, codes: list[str], now: datetime) -> None:
    """Add the failures of a round."""
    if codes:
        known, day = failed(out), now.date().isoformat()
        known[day] = dict(Counter(known.get(day, {})) + Counter(codes))
        durable.write(out / FAILURES, json.dumps(known, sort_keys=True).encode())


def end_answered(out: Path, days: int, now: datetime) -> int:
    """Remove the folders of filings answered more than `days` days ago; the answers stay. Gives how many."""
    ended = 0
    for receipt in answers(out):
        if now - receipt.at > timedelta(days=days) and (out / receipt.bundle).is_dir():
            rmtree(out / receipt.bundle, ignore_errors=True)
            notices.forget(out, receipt.bundle)
            ended += 1
    return ended


def lost(out: Path) -> dict[str, datetime]:
    """Folders that were put aside because their lease was lost, and when; one without a date counts from now on."""
    found = {}
    for folder in (out / LOST).glob("*"):
        try:
            found[folder.name] = parse_iso((folder / LOST_AT).read_text())
        except (OSError, ValueError):  # put aside by an earlier release
            found[folder.name] = datetime.fromtimestamp(folder.stat().st_ctime, UTC)
    return found


def end_lost(out: Path, days: int, now: datetime) -> None:
    """Remove the folders whose lease was lost more than `days` days ago."""
    for bundle, since in lost(out).items():
        if now - since > timedelta(days=days):
            rmtree(out / LOST / bundle, ignore_errors=True)
