"""Asks for receipts while somebody looks at the counter page: an answer then shows within half a minute.

A filing's own question comes ever more seldom, since thousands may be open (J-01). Here only the store is asked, for
the newest open filings; the ledger is written only for those whose answer lies there.
"""

import threading

from intake.base.errors import VireilleError
from intake.base.log import logger
from workers.ledger.claim import paused_in, wake_those
from workers.run.health import Health
from workers.send.receipt import receipt_key
from workers.tools import Tools

EVERY_SECONDS = 20.0
MOST = 200
NOT_VALID = "receipt_not_valid"
"""What lies there is no receipt; its filing is asked for as seldom as ever."""


def run(tools: Tools, health: Health, stop: threading.Event) -> None:
    """Look every `EVERY_SECONDS` while a page is open, until `stop`."""
    while not stop.wait(EVERY_SECONDS):
        if health.somebody_looks():
            try:
                look(tools)
            except VireilleError as error:  # store or ledger away: the workers say so already
                logger().info("receipts_not_asked", code=error.code)


def look(tools: Tools) -> int:
    """Wake the filings whose receipt lies in the store; gives how many. Raises Away or Denied."""
    waiting = paused_in(tools.ledger, "delivered", MOST, but=NOT_VALID)
    answered = [
        filing for filing, provider, bundle in waiting if tools.store.head(receipt_key(provider, bundle)) is not None
    ]
    return wake_those(tools.ledger, answered) if answered else 0
