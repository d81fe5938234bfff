"""The findings of `doctor` in three languages, and how long certificates are still good for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from pydantic import RootModel

from intake.base.texts import Text
from intake.base.toml import load_toml
from workers.seal import certificates


class _Sentences(RootModel[dict[str, Text]]):
    """Key to sentence."""


SENTENCES = load_toml(Path(__file__).with_name("sentences.toml"), _Sentences).root


@dataclass(frozen=True, slots=True)
class Examined:
    """A thing that was looked at. `blocks`: the machine must not run while it is not ok."""

    ok: bool
    text: Text
    blocks: bool = True


def finding(key: str, *, ok: bool = False, blocks: bool = True, **values: str | int | Text) -> Examined:
    """A sentence of `sentences.toml`."""
    return Examined(ok, SENTENCES[key].filled(**values), blocks)


def plain(ok: bool, text: str, *, blocks: bool = True) -> Examined:
    """English in every language: a file's fault as it tells itself, and what only the command line shows."""
    return Examined(ok, Text(fi=text, sv=text, en=text), blocks)


def how_long(whose: str, found: Sequence[x509.Certificate], now: datetime, *, provider: str = "") -> Iterator[Examined]:
    """Give a line for each certificate that has ended or ends within 30, 14 or 3 days, or one that all is well.

    `whose`: signing, ca, page, office or provider, as in `sentences.toml`, which says what to do before it ends.
    """
    name = SENTENCES[f"whose_{whose}"].filled(provider=provider)
    ending = certificates.ending(tuple(found), now=now)
    for end in ending:
        yield finding(
            "certificate_ends" if end.level else "certificate_ended", blocks=False, whose=name,
            fingerprint=end.fingerprint[:19], day=f"{end.ends:%Y-%m-%d}", days=(end.ends - now).days,
            next=SENTENCES[f"next_{whose}"],
        )  # fmt: skip
    if not ending:
        days = min((certificate.not_valid_after_utc - now).days for certificate in found)
        yield finding("certificate_good", ok=True, whose=name, days=days)
