"""Pinning an authority's certificate: its provider file says which one to seal to.

The file's other text stays as a person wrote it: the lines are added at its end. The certificate is copied beside the
provider file first, so that a crash between leaves a file that nobody names, never a name without its file.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from intake.base import durable
from intake.base.errors import BadFile, NotFound, Unsealable, VireilleError, WrongUse
from routing_rules.providers import Provider, load_provider
from workers.seal import certificates, keys
from workers.seal.certificates import Use


def pin_lines(path: str, certificate: x509.Certificate) -> str:
    """The `[[certificates]]` table for `certificate`, which lies at `path` as seen from the provider file."""
    first, last = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
    return (
        f'[[certificates]]\npath = "{path}"\nfingerprint = "{keys.fingerprint(certificate)}"\n'
        f"valid_from = {first}\nvalid_until = {last}"
    )


@dataclass(frozen=True, slots=True)
class Pinned:
    """The result of pinning: the files written and the fingerprint."""

    provider: Provider
    file: Path
    certificate: Path
    fingerprint: str
    lines: str


def pin(directory: Path, provider: str, source: Path, *, now: datetime) -> Pinned:
    """Pin the certificate in `source` in `directory/<provider>.toml`.

    Raises:
        NotFound: no such provider file.
        BadFile: `source` is not one certificate or cannot be sealed to, or the provider file is wrong.
        WrongUse: it is pinned already.
    """
    file = directory / f"{provider}.toml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in directory.glob("*.toml"))) or "none"
        raise NotFound(f"no provider '{provider}' in {directory}; known: {known}")
    there = load_provider(file)
    certificate = keys.load_certificate(source)
    fingerprint = keys.fingerprint(certificate)
    if any(known_pin.fingerprint == fingerprint for known_pin in there.certificates):
        raise WrongUse(f"{fingerprint} is pinned in {file} already")
    try:
        certificates.check(certificate, Use.RECEIVE, at=max(now, certificate.not_valid_before_utc))  # the next may wait
    except Unsealable as error:
        raise BadFile(source, f"nothing can be sealed to it: {error.message}") from error
    copy = directory / f"{provider}.{fingerprint.removeprefix('sha256:')[:12]}.cert.pem"
    if copy.exists():
        if keys.fingerprint(keys.load_certificate(copy)) != fingerprint:
            raise BadFile(copy, "is another certificate; move it away first")
    else:
        keys.save_certificate(copy, certificate)
    lines = pin_lines(copy.name, certificate)
    text = file.read_text("utf-8")
    durable.write(file, f"{text.rstrip()}\n\n{lines}\n".encode(), mode=file.stat().st_mode & 0o777)
    return Pinned(load_provider(file), file, copy, fingerprint, lines)


def pinned_twice(providers: Iterable[Provider]) -> Iterator[str]:
    """Tell which certificates stand twice in one provider file: the second table says nothing, or other days."""
    for provider in providers:
        found = [certificate.fingerprint for certificate in provider.certificates]
        for fingerprint in dict.fromkeys(found):
            if found.count(fingerprint) > 1:
                times = found.count(fingerprint)
                yield f"{provider.id}: {fingerprint[:19]} is pinned {times} times; leave one table of it"


def shared_keys(providers: Iterable[Provider]) -> Iterator[str]:
    """Tell of authorities that have one key, which may be meant; a file that cannot be read is told elsewhere."""
    holders: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for provider in providers:
        for certificate in provider.certificates:
            try:
                key = keys.key_fingerprint(keys.public_key(keys.load_certificate(certificate.path)))
            except VireilleError:
                continue
            holders[key][provider.id] = None
    for names in dict.fromkeys(map(tuple, holders.values())):
        if len(names) > 1:
            yield f"{' and '.join(names)} have one key: who holds it opens the papers of each; is that meant?"
