"""Events, not prose: a name, ids, numbers. A closed list of fields, so that nothing personal can slip in.

A field that is not on the list is dropped; with `strict` (the tests) it raises. Values are numbers, booleans or short
words; longer text is cut out altogether.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        "event", "level", "at", "filing", "scan", "scanner", "stage", "state", "code", "seconds", "bytes", "pages",
        "count", "worker", "provider", "unit", "form", "edition", "attempt", "bundle", "port",
        "lane", "errno", "signal", "person",
    }
)  # fmt: skip
_LONGEST = 80
_strict = False


def _only_known(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    unknown = [key for key, value in event.items() if key not in FIELDS or len(str(value)) > _LONGEST]
    if unknown and _strict:
        msg = f"log fields not allowed: {sorted(unknown)}"
        raise ValueError(msg)
    return {key: value for key, value in event.items() if key not in unknown}


def configure(*, strict: bool = False, as_json: bool = True, least: int = logging.INFO) -> None:
    """Send events of level `least` and above to stderr, one line each.

    The libraries' own logs are capped at warnings without their arguments (H-02).
    """
    global _strict
    _strict = strict
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _only_known,
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.CRITICAL, handlers=[logging.NullHandler()], force=True)  # H-02


def logger() -> structlog.typing.FilteringBoundLogger:
    """The event logger."""
    return structlog.get_logger()  # type: ignore[no-any-return]  # structlog types it Any
