"""Slows down who guesses passwords, by the name guessed at and by address; never locks the right person out (G-04).

After OWASP's "device cookies": a browser from which a person has signed in before is counted by itself, so a stranger
who guesses at the name all day costs that person nothing. A try that comes too soon is not looked at and changes
nothing, so hammering does not lengthen the wait. A name that nobody has is slowed down like any other.
"""

import hashlib
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from sqlalchemy import Connection, case, delete, insert, select, text, update

from intake.base.clock import iso, parse_iso
from workers.access.store import Access, tries

FREE = 5
"""Tries that nobody waits for."""
FREE_OF_AN_ADDRESS = 30
"""People of one office or proxy may come from one address."""
LONGEST_SECONDS = 60
_FORGOTTEN = timedelta(days=1)


def keys_of(name: str, address: str, device: str | None) -> tuple[str, ...]:
    """Name the counters of a try: the known browser alone, or the name and the address."""
    if device is not None:
        return (f"device {device}",)
    return (
        f"name {hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}",
        f"address {network_of(address)}",
    )


def take_try(connection: Connection, access: Access, keys: tuple[str, ...]) -> float:
    """Seconds to wait before another try; 0 takes one now, counted as failed until `succeeded` says otherwise."""
    now = access.clock.now()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7346203)"))  # guesses sent at once are counted one by one
    connection.execute(delete(tries).where(tries.c.last < iso(now - _FORGOTTEN)))
    rows = connection.execute(select(tries).where(tries.c.key.in_(keys))).mappings()
    found = {row["key"]: row for row in rows}
    wait = 0.0
    for key, row in found.items():
        since = (now - parse_iso(row["last"])).total_seconds()
        wait = max(wait, _seconds(key, row["failed"]) - since)
    if wait > 0:
        return wait
    for key in keys:
        if key in found:
            connection.execute(update(tries).where(tries.c.key == key).values(failed=tries.c.failed + 1, last=iso(now)))
        else:
            connection.execute(insert(tries).values(key=key, failed=1, last=iso(now)))
    return 0.0


def succeeded(connection: Connection, keys: tuple[str, ...]) -> None:
    """Let the name of the right person start anew; an address keeps what others of it have failed."""
    fewer = case((tries.c.key.startswith("address "), tries.c.failed - 1), else_=0)
    connection.execute(update(tries).where(tries.c.key.in_(keys)).values(failed=fewer))
    connection.execute(delete(tries).where(tries.c.key.in_(keys), tries.c.failed <= 0))


def _seconds(key: str, failed: int) -> float:
    over = failed - (FREE_OF_AN_ADDRESS if key.startswith("address ") else FREE)
    return 0.0 if over < 0 else float(min(2**over, LONGEST_SECONDS))


def network_of(address: str) -> str:
    """Whom an address counts for: an IPv6 subscriber has a /64 of them to come from."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))
