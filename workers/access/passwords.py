"""Passwords: kept as Argon2id hashes, compared in the same time whoever is named, long rather than complicated.

Cost by OWASP's password storage sheet (19 MiB, 2 passes): a machine that also reads paper must bear it, twice at once
at most.
"""

import secrets
import threading
import unicodedata
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from intake.base.errors import WrongUse
from intake.base.texts import Text

LEAST, MOST = 12, 128
"""Characters of a password."""
_AT_ONCE = threading.BoundedSemaphore(2)
_TOO_SHORT = Text(
    fi="Salasanassa on oltava vähintään {least} merkkiä. Monta sanaa peräkkäin on hyvä salasana.",
    sv="Lösenordet måste ha minst {least} tecken. Flera ord efter varandra är ett bra lösenord.",
    en="A password has at least {least} characters; several words in a row make a good one.",
)
_TOO_LONG = Text(
    fi="Salasanassa saa olla enintään {most} merkkiä.",
    sv="Lösenordet får ha högst {most} tecken.",
    en="A password has at most {most} characters.",
)
_TOO_EASY = Text(
    fi="Salasana on liian helppo arvata: siinä on nimesi tai samaa merkkiä.",
    sv="Lösenordet är för lätt att gissa: det består av ditt namn eller samma tecken.",
    en="This password is too easy to guess: it is your name or repeats few characters.",
)


def hash_of(password: str) -> str:
    """The hash to keep, with its parameters and salt."""
    with _AT_ONCE:
        kdf = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=2, lanes=1, memory_cost=19 * 1024)
        return kdf.derive_phc_encoded(_bytes(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether `kept` is the hash of `password`; None, a name nobody has, takes as long and is never right (G-04)."""
    with _AT_ONCE:
        try:
            Argon2id.verify_phc_encoded(_bytes(password), kept or _nobodys())
        except InvalidKey:
            return False
    return kept is not None


def must_be_fit(password: str, name: str) -> None:
    """Raises WrongUse, with a sentence for people, unless a person called `name` may have this password."""
    folded = password.casefold()
    wrong = None
    if len(password) < LEAST:
        wrong = _TOO_SHORT.filled(least=str(LEAST))
    elif len(password) > MOST:
        wrong = _TOO_LONG.filled(most=str(MOST))
    elif len(set(folded)) < 5 or folded.replace(name.casefold(), "").strip(" 0123456789.-_!") == "":
        wrong = _TOO_EASY
    if wrong is not None:
        raise WrongUse(wrong.en, text=wrong)


def _bytes(password: str) -> bytes:
    """The same bytes whichever keyboard composed the letters."""
    return unicodedata.normalize("NFKC", password[: MOST * 2]).encode("utf-8", "surrogatepass")


@cache
def _nobodys() -> str:
    kdf = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=2, lanes=1, memory_cost=19 * 1024)
    return kdf.derive_phc_encoded(secrets.token_bytes(32))
