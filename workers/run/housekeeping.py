"""Does what is due now and then: forgets what is due, sweeps what crashes left, and reports what waits too long."""

import threading
from datetime import timedelta

from intake.base import durable
from intake.base.errors import VireilleError
from intake.base.log import logger
from workers.ledger import reports, retention, verify
from workers.ledger.places import serve
from workers.tools import Tools

PERIOD_SECONDS = 600.0
SCRATCH_SECONDS = 3600.0
"""No stage lasts so long (`LONGEST_LEASE_SECONDS`): what is older was left by a process that was killed."""
KEEP = timedelta(days=60)
"""How long the point keeps a paper after the provider's receipt."""


def keep_house(tools: Tools) -> None:
    """One round. Raises what the ledger, the blobs and the store raise."""
    ledger = tools.ledger
    while retention.purge_due(ledger, tools.blobs, KEEP):
        logger().info("purged")
    swept = verify.sweep_orphans(ledger, tools.blobs)
    if swept:
        logger().info("swept", count=swept)
    taken = serve(ledger, tools.blobs, [scanner.id for scanner in tools.settings.scanner])
    if taken:
        logger().info("taken_up", count=taken)
    now = tools.clock.now().timestamp()
    if durable.sweep_scratch(tools.scratch, older_than_seconds=SCRATCH_SECONDS, now=now):
        logger().info("scratch_swept")
    for late in reports.overdue(ledger):
        logger().warning("overdue", filing=late.filing, state=late.state.value)
    unfinished = tools.store.sweep(tools.clock.now())  # last: the line may be down
    if unfinished:
        logger().info("store_swept", count=unfinished)


def run(tools: Tools, stop: threading.Event) -> None:
    """A round at the start and every ten minutes; a round that fails is tried again next time."""
    while not stop.is_set():
        try:
            keep_house(tools)
        except VireilleError as error:
            logger().warning("housekeeping_failed", code=error.code)
        stop.wait(PERIOD_SECONDS)
