"""A point, two providers and a small filing, for every test that seals something."""

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from intake.base.filing import FieldReading, FieldState, Finding, Kind, Verdict
from intake.base.texts import Text
from workers.seal import certificates, keys
from workers.seal.envelope import Opener
from workers.seal.keys import Identity
from workers.seal.manifest import Content, Override, Routing, SealedPage, Versions
from workers.seal.seal import Original, PointKeys, Sealed, SealInput, seal
from workers.seal.trust import TrustedPoint

NOW = datetime.now(UTC).replace(microsecond=0)
"""Real time, because OpenSSL checks certificates by the machine's clock."""
SCAN = b"%PDF-1.7 two pages by the scanner"
DOCUMENT = b"%PDF-1.7 upright pages"
WORDS = Text(fi="syy", sv="orsak", en="reason")


@dataclass(frozen=True)
class World:
    """Keys of everybody."""

    ca: Identity
    point: PointKeys
    vero: Identity
    vero_rsa: Identity
    kela: Identity

    @property
    def trusted(self) -> tuple[TrustedPoint, ...]:
        """What an office holds of the point."""
        return (TrustedPoint(self.ca.certificate, "saarijarvi"),)


def make_world() -> World:
    """Fresh keys; RSA takes a moment."""
    ca = certificates.new_ca("saarijarvi", now=NOW)
    signer = certificates.new_signing("saarijarvi", ca, now=NOW)
    return World(
        ca=ca,
        point=PointKeys(signer, ca.certificate, b"k" * 32),
        vero=certificates.new_provider("vero", now=NOW),
        vero_rsa=certificates.new_provider("vero", now=NOW, kind="rsa3072"),
        kela=certificates.new_provider("kela", now=NOW),
    )


def content(filing: str = "f1", **changes: object) -> Content:
    """What a point says about a small filing of two pages."""
    said: dict[str, object] = {
        "filing": filing,
        "point": "saarijarvi",
        "provider": "vero",
        "unit": "jyvaskyla",
        "handed_over": NOW,
        "kind": Kind.FORM,
        "form": "vero-5010",
        "edition": "2015-01",
        "language": "fi",
        "verdict": Verdict.INCOMPLETE,
        "pages": (
            SealedPage(page=1, file="original/001.pdf", source_page=2, form_page=1),
            SealedPage(page=2, file="original/001.pdf", source_page=1, part=Kind.ATTACHMENT),
        ),
        "fields": {"hetu": FieldReading(kind="comb", state=FieldState.FILLED, value="010594Y9032", confidence=0.98)},
        "findings": (Finding(code="missing", field="allekirjoitus", text=WORDS),),
        "overrides": (Override(code="missing", field="allekirjoitus", reason="signs later", at=NOW),),
        "routing": Routing(rule="vero-default", reason=WORDS, rule_set="3f2a"),
        "versions": Versions(software="0.1.0", catalogue="c1"),
    }
    return Content.model_validate(said | changes)


def filing(name: str = "f1", *, scan: bytes = SCAN, **changes: object) -> SealInput:
    """A small filing ready to be sealed."""
    return SealInput(content(name, **changes), (Original(scan),), DOCUMENT)


def sealed(world: World, into: Path, recipients: Sequence[Identity] | None = None, **changes: object) -> Sealed:
    """A small bundle, by default for Vero's P-256 certificate."""
    chosen: tuple[x509.Certificate, ...] = tuple(one.certificate for one in recipients or (world.vero,))
    return seal(filing(**changes), chosen, world.point, into=into, now=NOW)  # type: ignore[arg-type]


def opener(identity: Identity) -> Opener:
    """A key that knows its certificate."""
    return Opener(identity.key, identity.certificate)


def written(identity: Identity, folder: Path, name: str) -> tuple[Path, Path]:
    """The identity's certificate and key as files."""
    certificate, key = folder / f"{name}.cert.pem", folder / f"{name}.key.pem"
    keys.save_certificate(certificate, identity.certificate)
    keys.save_key(key, identity.key)
    return certificate, key


def run(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a stock tool as a person would type it."""
    return subprocess.run(shlex.split(command), cwd=cwd, capture_output=True, text=True, timeout=120)
