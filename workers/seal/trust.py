"""The points whose bundles are believed: CA certificates, each bound to the id of the one point that it signs for.

`points.toml` beside the certificates binds them by fingerprint. A CA without a line there is bound by its name, if it
was made by `keys new point`, unless a line gives that id to another, or the file is named after another point. A CA
that is bound to no point opens nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from intake.base import durable
from intake.base.errors import BadFile, Unsealable, Untrusted, WrongUse
from intake.base.filing import Frozen
from intake.base.toml import load_toml
from workers.seal import certificates, keys
from workers.seal.manifest import Fingerprint, Name
from workers.seal.signature import Signed

POINTS = "points.toml"
CA_FILES = "*ca.pem"
"""Among an office's keys."""
_FILED = re.compile(r"([a-z0-9-]+)\.(?:[0-9a-f]{12}\.)?ca\.pem")
"""A certificate filed under a point's id."""
_HEAD = "# Which point each CA certificate signs for; lines are added by 'vireille inbox trust'.\n"


class Bound(Frozen):
    """A line of the trust file."""

    id: Name
    fingerprint: Fingerprint


class _TrustFile(Frozen):
    points: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustedPoint:
    """A CA that lies among the trusted ones, and the id of its point; None: bound to no point."""

    ca: x509.Certificate
    point: str | None
    by_line: bool = True
    """Whether a line of the trust file says so; else the CA's name does, which may be a renamed point's former one."""


def trusted_points(path: Path, pattern: str = "*.pem") -> tuple[TrustedPoint, ...]:
    """The CAs in the file `path`, or in the folder's files that fit `pattern`, as `points.toml` beside them binds them.

    Raises BadFile: no certificate, or a wrong trust file.
    """
    files = sorted(path.glob(pattern)) if path.is_dir() else [path]
    lines = _lines(path if path.is_dir() else path.parent)
    if not files:
        raise BadFile(path, f"holds no CA certificates ({pattern})")
    return tuple(_trusted(ca, file, lines) for file in files for ca in keys.load_certificates(file))


def check_bound(signed: Signed, points: Sequence[TrustedPoint]) -> None:
    """F-02: a point signs in its own name only. Raises Untrusted: `unknown_point` or `not_fit`."""
    bound = {point.point: point.by_line for point in points if point.ca == signed.issuer and point.point is not None}
    if not bound:
        raise Untrusted(
            f"the CA certificate {keys.fingerprint(signed.issuer)[:23]} is bound to no point here; "
            "bind it with 'vireille inbox trust'",
            code="unknown_point",
        )
    name = certificates.common_name(signed.certificate)
    if name not in bound:
        said = f"signed in the name of '{name}' under the CA of '{', '.join(sorted(bound))}'"
        if any(bound.values()):
            raise Untrusted(said, code="not_fit")
        renamed = f"{said}; if that point was renamed, 'vireille inbox trust CA --point {name}' binds it"
        raise Untrusted(renamed, code="unknown_point")


def bind(directory: Path, source: Path, point: str | None) -> Bound:
    """Trust the CA certificate in `source` for one point: copy it into `directory`, add a line to `points.toml`.

    `point`: its id; None: the id that the certificate's name gives. May be repeated. Raises BadFile: not one CA
    certificate, or bound to another point; WrongUse: no id.
    """
    ca = keys.load_certificate(source)
    try:
        certificates.check_ca(ca)
    except Unsealable as error:
        raise BadFile(source, error.message) from error
    chosen = point or named_point(ca)
    if chosen is None:
        raise WrongUse(f"the name of {source} gives no point; say which it is with --point")
    try:
        bound = Bound(id=chosen, fingerprint=keys.fingerprint(ca))
    except ValueError as error:
        raise WrongUse(f"'{chosen}' is no point's id; lower-case letters, digits and hyphens") from error
    lines, file = _lines(directory), directory / POINTS
    if lines.get(bound.fingerprint, bound.id) != bound.id:
        raise BadFile(file, f"binds it to '{lines[bound.fingerprint]}'; take that line out first")
    if not any(ca in keys.load_certificates(path) for path in directory.glob(CA_FILES)):
        keys.save_certificate(directory / f"{bound.id}.{bound.fingerprint.removeprefix('sha256:')[:12]}.ca.pem", ca)
    if bound.fingerprint not in lines:
        there = file.read_text("utf-8").rstrip() + "\n" if file.is_file() else _HEAD
        line = f'\n[[points]]\nid = "{bound.id}"\nfingerprint = "{bound.fingerprint}"\n'
        durable.write(file, (there + line).encode(), mode=0o644)
    return bound


def _lines(directory: Path) -> dict[str, str]:
    """Fingerprint to id. Raises BadFile."""
    file = directory / POINTS
    if not file.is_file():
        return {}
    found = load_toml(file, _TrustFile).points
    lines = {point.fingerprint: point.id for point in found}
    if len(lines) != len(found):
        raise BadFile(file, "names a fingerprint twice")
    return lines


def _trusted(ca: x509.Certificate, file: Path, lines: dict[str, str]) -> TrustedPoint:
    """By its line, else by its name, which its maker chose: not where a line or the file's name says otherwise."""
    bound, named = lines.get(keys.fingerprint(ca)), named_point(ca)
    if bound is not None:
        return TrustedPoint(ca, bound)
    filed = _FILED.fullmatch(file.name)
    is_its = named not in lines.values() and (filed is None or filed[1] == named)
    return TrustedPoint(ca, named if is_its else None, by_line=False)


def named_point(ca: x509.Certificate) -> str | None:
    """The point in the name of a CA that `keys new point` made."""
    name = certificates.common_name(ca) or ""
    return name.removeprefix(certificates.CA_NAME) if name.startswith(certificates.CA_NAME) else None
