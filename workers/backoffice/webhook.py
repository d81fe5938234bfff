"""Tell a case system what became of a filing: one signed POST for each notice, repeated until it is taken.

The body names the bundle, its SHA-256, form, unit and hand-over time, and the folder or the page where it lies; nothing
personal. It is signed as Standard Webhooks 1.0 says: `webhook-id` (the bundle, and what became of it unless it was just
received), `webhook-timestamp`, `webhook-signature`; libraries for it exist in every language. `Vireille-Signature:
t=<unix seconds>,v1=<hex>` (HMAC-SHA256 over `<t>.<body>`) stays for receivers of the first release. A receiver answers
2xx once it has the notice, and must take each twice. `notices` says what waits, and when it is sent again.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from intake.base.clock import Clock
from intake.base.errors import Away, WrongUse
from intake.base.log import logger
from workers.backoffice.notices import RECEIVED, Notice, due, failed, taken

TIMEOUT_SECONDS = 15.0
_LOCAL = {"127.0.0.1", "localhost", "::1"}
_OK = range(200, 300)
MARK = b"whsec_"
MOST_SECONDS = 30.0
"""A slow case system keeps nobody from receiving: what is not told by then is told in the next round."""


class Unreachable(Away):
    """Nobody answers: no other filing would fare better in this round."""


@dataclass(frozen=True, slots=True)
class Hook:
    """The address to notify, and the secret that signs."""

    url: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raises WrongUse for an address that would carry the words unprotected, or a secret that is too short."""
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            raise WrongUse("a webhook's address starts with https://, or http:// on this machine")
        if len(self.secret) < 16:
            raise WrongUse("a webhook's secret has at least 16 bytes")
        self.standard_key  # noqa: B018 raises for one that is no base64

    @property
    def standard_key(self) -> bytes:
        """The key of Standard Webhooks: the base64 after `whsec_`, or the whole secret where it has no such mark."""
        if not self.secret.startswith(MARK):
            return self.secret
        try:
            return base64.b64decode(self.secret.removeprefix(MARK), validate=True)
        except binascii.Error as error:
            raise WrongUse("a webhook's secret that begins with whsec_ goes on in base64") from error


@dataclass(frozen=True, slots=True)
class Telling:
    """The result of one round of notices."""

    told: tuple[str, ...]
    """Bundles, one for each notice."""
    failed: tuple[Notice, ...]
    """Each as it stands after its try: `code` says why, and some are given up."""


def signature(secret: bytes, at: int, body: bytes) -> str:
    """The header's value for `body` sent at unix second `at`."""
    made = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def standard_signature(key: bytes, message: str, at: int, body: bytes) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over `<id>.<timestamp>.<body>`, base64, version 1."""
    made = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def tell(out: Path, hook: Hook, clock: Clock, provider: str) -> Telling:
    """Send what is due of `out`, and log what fails. A no to one filing stops no other; with nobody there it ends."""
    taken_in: list[str] = []
    refused: list[Notice] = []
    until = clock.monotonic() + MOST_SECONDS
    for filing in due(out, clock.now()):
        for notice in filing:  # in their order: one that is not taken keeps the filing's later ones
            try:
                _post(hook, notice, int(clock.now().timestamp()))
            except Away as error:
                counts = not isinstance(error, Unreachable)
                refused.append(failed(out, notice, error.code, clock.now(), counts=counts))
                break
            taken(out, notice, clock.now())
            taken_in.append(notice.bundle)
        if (refused and refused[-1].code == Unreachable.code) or clock.monotonic() > until:
            break
    for notice in refused:
        say, event = (logger().error, "notice_given_up") if notice.given_up else (logger().warning, "not_told")
        say(event, provider=provider, bundle=notice.bundle, code=notice.code, attempt=notice.tries)
    return Telling(tuple(taken_in), tuple(refused))


def _body(notice: Notice) -> bytes:
    said = {"type": f"filing.{notice.what}", "timestamp": notice.at, "data": notice.data}
    # Standard Webhooks looks for the matter in `data`; receivers of the first release find that of a new filing beside
    beside = notice.data if notice.what == RECEIVED else {}
    return json.dumps(beside | said, sort_keys=True).encode()


def _post(hook: Hook, notice: Notice, at: int) -> None:
    """Raises Away (it says no; `code` is the answer) or Unreachable."""
    parts, body = urlsplit(hook.url), _body(notice)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/json", "Vireille-Signature": signature(hook.secret, at, body),
        "webhook-id": notice.id, "webhook-timestamp": str(at),
        "webhook-signature": standard_signature(hook.standard_key, notice.id, at, body),
    }  # fmt: skip
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable("the case system cannot be reached; the notice is sent again") from error
    finally:
        connection.close()
    if status not in _OK:  # a redirect is not followed: the secret's words go to the address that was agreed
        raise Away(f"the case system answers {status}; the notice is sent again", code=f"http_{status}")
