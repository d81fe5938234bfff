"""The back office's side: take filings from the queue and open them into folders; `answers` says what then.

Promises that a filing appears in the folder whole or not at all; that a bundle that comes again is not worked on again;
that nothing is acknowledged without a receipt; that what cannot be opened goes back to the queue with a reason, and
after a few times to its dead letters; and that no message gets there by a fault of the office's own.

Where the queue counts every delivery, bundles that cannot be opened for such a fault are set aside: the queue would
bury them while the office looks for its key. Their leases are kept as long as the queue lets, in `OUT/.aside/<mark>/`;
the first round with other keys or other trusted points gives all of them back at once.
"""

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from intake.base import durable
from intake.base.clock import iso
from intake.base.errors import Away, Denied, NotFound, Stale, Untrusted, VireilleError
from intake.base.log import logger
from workers.backoffice import notices
from workers.backoffice.desk import LOST, LOST_AT
from workers.backoffice.lease import LEASE_FILE, Lease, read_lease, write_lease
from workers.backoffice.office import Office
from workers.backoffice.take import lease_of, sweep, take
from workers.backoffice.why import OFFICE, sentence
from workers.deliver.ports import LEASE_SECONDS, MOST_SECONDS, DeadLetter, Leased, Message, QueueStats

RETRY_SECONDS = 60.0
COUNTED_RETRY_SECONDS = 1800.0
"""Where the queue counts every delivery: so that store, clock or disk can be mended before anything is buried."""
STRANGE = {"no_key", "unknown_point", "clock"}
STRANGE_RETRY_SECONDS = 600.0
"""What may be the office's fault or a stranger's: several rounds, so that such filings do not come first in each."""
ALIKE = 3
"""So many filings in a row that fail by the same fault of the office end a round: the next would fail too."""
ASIDE = ".aside"


@dataclass(frozen=True, slots=True)
class Received:
    """A filing in its folder."""

    bundle: str
    folder: Path
    form: str | None
    unit: str | None
    handed_over: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A bundle that could not be taken, and why; it went back to the queue."""

    bundle: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Round:
    """The result of one `receive`."""

    received: tuple[Received, ...]
    repeated: tuple[str, ...]
    """Bundle ids that had come before; nothing was done again."""
    failed: tuple[Failure, ...]
    lost: tuple[str, ...] = ()
    """Bundle ids whose lease is over and that somebody else has, or answered; their folders lie in `.lost`."""
    ended: VireilleError | None = None
    """Why the round ended early, if it did: store, queue or disk in trouble, or the office's own fault."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the inbox. `waiting` names what the queue can show without taking it."""

    stats: QueueStats
    waiting: tuple[Message, ...]
    dead: tuple[DeadLetter, ...]


def overview(office: Office) -> Overview:
    """Look at the queue without taking anything."""
    queue, provider, unit = office.queue, office.provider, office.unit
    return Overview(queue.stats(provider), queue.peek(provider, unit), queue.dead_letters(provider, unit))


def receive(office: Office, out: Path, most: int = 100) -> Round:
    """Try up to `most` filings, one new folder in `out` each, named by its bundle id; see `Round.ended` for trouble.

    Renews the leases of filings that lie there unanswered. A bundle that cannot be opened ends nothing.
    """
    outcomes: list[Received | str | Failure] = []
    ended: VireilleError | None = None
    lost: tuple[str, ...] = ()
    try:
        durable.make_folder(out)
        sweep(out, office.clock.now().timestamp())
        over = renew(office, out)
        give_back(office, out)
        while len(outcomes) < most and (leased := office.queue.receive(office.provider, office.unit, LEASE_SECONDS)):
            outcomes.append(_try(office, out, leased))
            _stop_if_alike(office, outcomes)
        lost = _move_aside(office, out, over - {outcome for outcome in outcomes if isinstance(outcome, str)})
    except VireilleError as error:
        ended = error
    return Round(
        tuple(outcome for outcome in outcomes if isinstance(outcome, Received)),
        tuple(outcome for outcome in outcomes if isinstance(outcome, str)),
        tuple(outcome for outcome in outcomes if isinstance(outcome, Failure)),
        lost,
        ended,
    )


def renew(office: Office, out: Path) -> frozenset[str]:
    """Keep the leases of what lies in `out` unanswered; gives those that are over. Such a bundle may come again."""
    over = set()
    for path in sorted(out.glob(f"*/{LEASE_FILE}")):
        try:
            lease = read_lease(path)
            if lease.provider == office.provider:
                office.queue.extend(lease.token, MOST_SECONDS)
        except Stale:
            over.add(path.parent.name)
        except NotFound:
            continue
    return frozenset(over)


def _move_aside(office: Office, out: Path, lost: Collection[str]) -> tuple[str, ...]:
    """Put the folders of filings that others have out of the way, so that nobody works on them here."""
    for bundle in sorted(lost):
        durable.make_folder(out / LOST)
        shutil.rmtree(out / LOST / bundle, ignore_errors=True)
        durable.write(out / bundle / LOST_AT, iso(office.clock.now()).encode())
        durable.move(out / bundle, out / LOST / bundle)
        notices.forget(out, bundle)
        logger().warning("lease_lost", bundle=bundle)
    return tuple(sorted(lost))


def dead(office: Office) -> tuple[DeadLetter, ...]:
    """Messages of this provider and unit that were given up on."""
    return office.queue.dead_letters(office.provider, office.unit)


def _try(office: Office, out: Path, leased: Leased) -> "Received | str | Failure":
    """The filing, its bundle id if it had come before, or why it failed. Raises Away or Denied, as all others would."""
    message = leased.message
    try:
        folder = take(office, out, leased)
    except (Away, Denied) as error:
        _give_back(office, out, leased, error.code)
        raise
    except VireilleError as error:  # E-11: an object may still come; E-12: what cannot be opened never will
        code = error.code
        logger().warning("not_opened", provider=office.provider, bundle=message.bundle, code=code)
        _give_back(office, out, leased, code, blame=isinstance(error, Untrusted) and code not in OFFICE)
        return Failure(message.bundle, code, error.message)
    except Exception as error:  # the office's loop: whatever a bundle brings up, the next one comes (K-11)
        logger().error("not_opened", provider=office.provider, bundle=message.bundle, code="unexpected")
        _give_back(office, out, leased, "unexpected")
        return Failure(message.bundle, "unexpected", f"{type(error).__name__}; {sentence('unexpected')}")
    if folder is None:
        return message.bundle
    return Received(message.bundle, folder, message.form, message.unit, iso(message.handed_over))


def _stop_if_alike(office: Office, outcomes: "Sequence[Received | str | Failure]") -> None:
    """Raises Untrusted after `ALIKE` bundles in a row with one fault of this office.

    Messages without an object stop nothing where deliveries are not counted: anybody who may send can send such.
    """
    newest = outcomes[-1]
    if not isinstance(newest, Failure) or newest.code not in OFFICE:
        return
    if newest.code == "not_found" and not office.queue.counts_every_delivery:
        return
    alike = takewhile(lambda outcome: isinstance(outcome, Failure) and outcome.code == newest.code, reversed(outcomes))
    if len({outcome.bundle for outcome in alike if isinstance(outcome, Failure)}) >= ALIKE:
        why = f"stopped after {ALIKE} filings alike ({newest.code}): {sentence(newest.code)}; none of them is blamed"
        raise Untrusted(why, code=newest.code)


def _give_back(office: Office, out: Path, leased: Leased, code: str, *, blame: bool = False) -> None:
    counted = office.queue.counts_every_delivery and not blame
    try:
        if counted and code in {"no_key", "unknown_point"}:
            set_aside(office, out, lease_of(office, leased))
        else:
            rest = COUNTED_RETRY_SECONDS if counted else STRANGE_RETRY_SECONDS if code in STRANGE else RETRY_SECONDS
            office.queue.fail(leased.token, code, rest, blame=blame)
    except (Stale, Away):  # it comes back by itself when the lease ends
        return


def set_aside(office: Office, out: Path, lease: Lease) -> None:
    """Keep the lease for as long as the queue allows. Raises Stale, Away or Denied."""
    folder = out / ASIDE / office.mark / lease.bundle
    durable.make_folder(folder)
    write_lease(folder, lease)
    office.queue.extend(lease.token, MOST_SECONDS)


def give_back(office: Office, out: Path) -> None:
    """Give back what was set aside under other keys than those of now. Raises Away or Denied."""
    for under in sorted((out / ASIDE).glob("*")):
        if under.name == office.mark:
            continue
        for path in under.glob(f"*/{LEASE_FILE}"):
            try:
                office.queue.extend(read_lease(path).token, 0)
            except (Stale, NotFound):  # it came back by itself
                continue
        shutil.rmtree(under, ignore_errors=True)
