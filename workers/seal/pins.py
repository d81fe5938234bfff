"""Pinning an authority's certificate: the lines of its provider file that say which one to seal to.

The file's other text stays as a person wrote it: the lines are added at its end.
"""

from cryptography import x509

from workers.seal import keys


def pin_lines(path: str, certificate: x509.Certificate) -> str:
    """The `[[certificates]]` table for `certificate`, which lies at `path` as seen from the provider file."""
    first, last = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
    return (
        f'[[certificates]]\npath = "{path}"\nfingerprint = "{keys.fingerprint(certificate)}"\n'
        f"valid_from = {first}\nvalid_until = {last}"
    )
