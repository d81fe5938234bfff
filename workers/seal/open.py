"""Open a bundle: check every layer, then give the folder its name. Nothing of a failed opening stays behind.

The order of the checks is that of BUNDLE.md, "Reading".
"""

import secrets
import shutil
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from intake.base import durable
from intake.base.errors import Untrusted, WrongUse
from workers.seal import certificates, container, envelope, keys, signature
from workers.seal.envelope import Envelope, Opener
from workers.seal.manifest import Manifest
from workers.seal.signature import Signed
from workers.seal.trust import TrustedPoint, check_bound

_DAY = timedelta(days=1)


def open_bundle(
    path: Path,
    openers: Sequence[Opener],
    points: Sequence[TrustedPoint],
    out: Path,
    *,
    now: datetime,
    providers: Collection[str] = (),
) -> Manifest:
    """Open `path` into the new folder `out`: `original/`, `document.pdf` and `bundle.json`.

    Args:
        path: The `.p7m`.
        openers: The provider's private keys, current and old, with certificates where at hand.
        points: The points that are trusted, each with its CA.
        out: Must not exist; appears whole or not at all.
        now: Signatures from the future are refused.
        providers: The names that the reader goes by: the bundle must be for one of them; none given: for anybody.

    Raises:
        Untrusted: Anything does not fit; `out` does not exist then. Of the codes, `no_key`, `unknown_point` and `clock`
            tell of this machine, `malformed`, `altered` and `not_fit` of the bundle.
        Away, DiskFull, Denied: The disk.
        WrongUse: `out` exists already.
    """
    if out.exists():
        raise WrongUse(f"{out} exists and is never overwritten")
    durable.make_folder(out.parent)
    scratch = out.parent / f"{durable.TEMP_MARK}{int(now.timestamp())}-{secrets.token_hex(4)}"
    durable.make_folder(scratch)
    try:
        manifest = _open_into(path, openers, points, scratch, now=now, providers=providers)
        durable.move(scratch / "filing", out)
    except OSError as error:  # the disk's: what a bundle's bytes can raise was translated where they are read
        raise durable.translate(error, "cannot open the bundle on this disk") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)  # F-01: whatever happened, no plaintext stays in scratch
    return manifest


def _open_into(
    path: Path,
    openers: Sequence[Opener],
    points: Sequence[TrustedPoint],
    scratch: Path,
    *,
    now: datetime,
    providers: Collection[str],
) -> Manifest:
    asics, filing = scratch / "bundle.asics", scratch / container.FILING
    with durable.open_new(asics) as plain:
        opened, opener = envelope.decrypt(path, openers, plain.write)
        plain.flush()
        digest, signed = container.take_apart(plain, filing)
    durable.discard(asics)
    signer = signature.verify_detached(signed, digest, [point.ca for point in points], now=now)
    check_bound(signer, points)
    with filing.open("rb") as file:
        archive = container.OpenedZip(file)
        manifest = container.read_manifest(archive)
        _check_meaning(manifest, signer, opened, opener)
        if providers and manifest.provider not in providers:
            raise Untrusted(f"the bundle is for the provider '{manifest.provider}'", code="altered")
        folder = scratch / "filing"
        durable.make_folder(folder)
        container.unpack(archive, manifest, folder)
    return manifest


def _check_meaning(manifest: Manifest, signer: Signed, opened: Envelope, opener: Opener) -> None:
    """F-02: what the signed content says of point, recipients and outer header is what we met."""
    if certificates.common_name(signer.certificate) != manifest.point:
        raise Untrusted("the bundle names another point than the one that signed it", code="altered")
    if manifest.handed_over > signer.at + _DAY:  # a clock may have been set back meanwhile
        raise Untrusted("the bundle was signed before its paper was handed over", code="altered")
    if keys.key_fingerprint(opener.key.public_key()) not in manifest.recipient_keys:
        raise Untrusted("the bundle was sealed for somebody else and passed on", code="altered")
    same_nonce = manifest.envelope.nonce == opened.mark.nonce
    if same_nonce and manifest.envelope.recipients_sha256 != opened.mark.recipients_sha256:
        raise Untrusted("the bundle's outer header was altered", code="altered")
