"""Tell a case system that a filing lies ready: one signed POST for each, repeated until it is taken.

The body names the bundle, its SHA-256, folder, form, unit and hand-over time; nothing personal. It is signed as
Standard Webhooks 1.0 says: `webhook-id` (the bundle), `webhook-timestamp`, `webhook-signature`; libraries for it exist
in every language. `Vireille-Signature: t=<unix seconds>,v1=<hex>` (HMAC-SHA256 over `<t>.<body>`) stays for receivers
of the first release. A receiver answers 2xx once it has the filing, and must take a bundle twice.

One that does not answer or is in trouble is tried again a few times at once, then in the next round; meanwhile the
filings lie in their folders and new ones are received.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from intake.base import durable
from intake.base.clock import Clock
from intake.base.errors import Away, Untrusted, VireilleError, WrongUse
from intake.base.log import logger
from workers.backoffice.lease import LEASE_FILE, read_lease
from workers.seal import manifest
from workers.seal.manifest import Manifest

TOLD = ".told"
TIMEOUT_SECONDS = 15.0
_LOCAL = {"127.0.0.1", "localhost", "::1"}
_OK = range(200, 300)
_TROUBLE = range(500, 600)
MARK = b"whsec_"
ATTEMPTS = 3
SHORTEST_SECONDS = 0.2


class Trouble(Away):
    """It does not answer, or says that it cannot just now: no other filing would fare better in this round."""


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
    failed: tuple[tuple[str, str], ...]
    """Bundle and code; the next round sends the notice again."""


def signature(secret: bytes, at: int, body: bytes) -> str:
    """The header's value for `body` sent at unix second `at`."""
    made = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def standard_signature(key: bytes, message: str, at: int, body: bytes) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over `<id>.<timestamp>.<body>`, base64, version 1."""
    made = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def tell(out: Path, hook: Hook, clock: Clock) -> Telling:
    """Send a notice for every filing in `out` that is unanswered and has had none yet, oldest first.

    Ends with the first one that the case system is in too much trouble to hear of.
    """
    told: list[str] = []
    failed: list[tuple[str, str]] = []
    for said in sorted(_untold(out), key=lambda one: one.handed_over):
        try:
            _post(hook, said.bundle, _body(out, said), int(clock.now().timestamp()))
        except VireilleError as error:
            failed.append((said.bundle, error.code))
            if isinstance(error, Trouble):
                break
            continue
        durable.make_folder(out / TOLD)
        durable.write(out / TOLD / said.bundle, b"")
        told.append(said.bundle)
    return Telling(tuple(told), tuple(failed))


def _untold(out: Path) -> Iterator[Manifest]:
    for path in out.glob(f"*/{LEASE_FILE}"):
        if (out / TOLD / path.parent.name).exists():
            continue
        try:
            yield manifest.from_json((path.parent / manifest.NAME).read_bytes())
        except (OSError, Untrusted):  # somebody takes the folder away this moment, or wrote in it
            logger().warning("not_told", bundle=path.parent.name, code="unreadable")


def _body(out: Path, said: Manifest) -> bytes:
    table = said.model_dump(mode="json", include={"bundle", "provider", "unit", "form", "handed_over"})
    sha256 = read_lease(out / said.bundle / LEASE_FILE).sha256
    data = table | {"folder": str(out.absolute() / said.bundle), "sha256": sha256}
    # Standard Webhooks looks for the matter in `data`; receivers of the first release find it beside
    standard = {"type": "filing.received", "timestamp": table["handed_over"], "data": data}
    return json.dumps(data | standard, sort_keys=True).encode()


@retry(
    retry=retry_if_exception(lambda error: isinstance(error, Trouble)),
    stop=stop_after_attempt(ATTEMPTS),
    wait=wait_random_exponential(SHORTEST_SECONDS, max=2.0),
    reraise=True,
)
def _post(hook: Hook, bundle: str, body: bytes, at: int) -> None:
    parts = urlsplit(hook.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/json", "Vireille-Signature": signature(hook.secret, at, body),
        "webhook-id": bundle, "webhook-timestamp": str(at),
        "webhook-signature": standard_signature(hook.standard_key, bundle, at, body),
    }  # fmt: skip
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Trouble("the case system cannot be reached; the next round sends the notice again") from error
    finally:
        connection.close()
    if status in _TROUBLE:
        raise Trouble(f"the case system answers {status}; the next round sends the notice again", code=f"http_{status}")
    if status not in _OK:  # a redirect is not followed: the secret's words go to the address that was agreed
        raise Away(f"the case system answers {status}; the next round sends the notice again", code=f"http_{status}")
