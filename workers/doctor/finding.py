"""The findings of `doctor`, and how long certificates are still good for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from workers.seal import certificates


@dataclass(frozen=True, slots=True)
class Examined:
    """A thing that was looked at. `blocks`: the machine must not run while it is not ok."""

    ok: bool
    text: str
    blocks: bool = True


def how_long(whose: str, found: Sequence[x509.Certificate], now: datetime, *, then: str) -> Iterator[Examined]:
    """Give a line for each certificate that has ended or ends within 30, 14 or 3 days, or one that all is well.

    `then`: what to do before it ends.
    """
    ending = certificates.ending(tuple(found), now=now)
    for end in ending:
        days = (end.ends - now).days
        when = f"ended on {end.ends:%Y-%m-%d}" if end.level == 0 else f"ends on {end.ends:%Y-%m-%d}, in {days} days"
        yield Examined(False, f"{whose} {end.fingerprint[:19]} {when}; {then}", blocks=False)
    if not ending:
        days = min((certificate.not_valid_after_utc - now).days for certificate in found)
        yield Examined(True, f"{whose}: good for {days} days")
