"""From the settings of a back office to its parts: whom it believes, and whom it tells."""

from pathlib import Path

from cryptography import x509

from intake.base.errors import BadFile, WrongUse
from intake.base.settings import Settings
from workers.backoffice.webhook import Hook
from workers.seal import keys

_OTHERS = 0o077


def trusted(settings: Settings) -> tuple[x509.Certificate, ...]:
    """The CAs of the points whose bundles are believed: every `*ca.pem` among the keys. Raises WrongUse, BadFile."""
    found = [one for path in sorted(settings.keys.directory.glob("*ca.pem")) for one in keys.load_certificates(path)]
    if not found:
        raise WrongUse(f"no point's CA certificate (…ca.pem) in {settings.keys.directory}; get it from the point")
    return tuple(found)


def hook_of(settings: Settings) -> Hook | None:
    """The case system that [inbox] names, if it does. Raises BadFile: no secret, or one that others may read."""
    inbox = settings.inbox
    if inbox is None or inbox.webhook is None:
        return None
    if inbox.webhook_secret is None:
        raise BadFile(settings.file, "name the secret's file beside webhook", key="inbox.webhook_secret")
    try:
        return Hook(inbox.webhook, _secret(inbox.webhook_secret))
    except BadFile:
        raise
    except WrongUse as error:
        raise BadFile(settings.file, error.message, key="inbox.webhook") from error


def _secret(path: Path) -> bytes:
    try:
        secret = path.read_bytes().strip()
        readable = path.stat().st_mode & _OTHERS
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror})") from error
    if readable:
        raise BadFile(path, f"may be read by others; run 'chmod 600 {path}'")
    return secret
