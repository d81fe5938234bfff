"""The one error tree. A class exists when somebody acts differently on it.

VireilleError
├── WrongUse        the caller asked for something that cannot be (exit 2)
│   └── BadFile     a settings, rule, form or provider file is wrong: names file, line and key
├── UnusableBlank   a blank PDF cannot become a form's definition: what is wrong, what to do (exit 3)
├── NotFound        no such filing, bundle, form or message (exit 4)
├── CheckFailed     verify, lint, doctor or reconcile found something (exit 5)
│   └── Damaged     stored bytes do not match their hash, or a chain is broken
├── Refused         a citizen's file cannot be opened; shown to the advisor (exit 3)
├── NotWhole        the file is still being written; look again later
├── Stale           somebody else holds the lease or moved the filing on (exit 2)
├── Away            a share, store, queue or provider cannot be reached now; try again
│   ├── DiskFull    no room (or no inodes) to write; nothing more is accepted
│   ├── TooManyOpen this program or machine has as many files open as it may; no paper's fault
│   └── NotHere     a paper's bytes are not in this machine's blob folder; they are waited for
├── Denied          the other side said no for good (403, wrong bucket, no permission)
├── Unsealable      no valid key or certificate for this recipient; hold the filing
└── Untrusted       a bundle, receipt or package does not verify; nothing of it is used

Every error carries a stable `code`, whether trying again can help (`transient`), and the sentence a person sees
(`text`). Neither ever holds content, names, identity codes or file names of a citizen's paper.
"""

from pathlib import Path
from typing import ClassVar

from intake.base.reasons import SENTENCES
from intake.base.texts import Text


class VireilleError(Exception):
    """Root of the tree."""

    code: str = "unexpected"
    transient: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str | None = None, text: Text | None = None) -> None:
        """`message` is the English line for operators: what, where, what to do."""
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.text = text or Text(fi=message, sv=message, en=message)


class WrongUse(VireilleError):
    """The caller asked for something that cannot be."""

    code = "wrong_use"
    exit_code = 2


class BadFile(WrongUse):
    """A file written by an operator is wrong."""

    code = "bad_file"

    def __init__(self, path: Path, problem: str, *, line: int | None = None, key: str | None = None) -> None:
        """Names the file, the line (1-based, if known), the key, and the problem."""
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {f'{key}: ' if key else ''}{problem}")
        self.path, self.line, self.key, self.problem = path, line, key, problem


class UnusableBlank(VireilleError):
    """A blank PDF that an operator gave cannot become a definition; a batch skips it and goes on."""

    exit_code = 3

    def __init__(self, path: Path, code: str, problem: str) -> None:
        """`code` is stable (`locked`, `damaged`, `empty`, `not_supported`, ...); `problem` says what to do."""
        super().__init__(f"{path}: {problem}", code=code)
        self.path, self.problem = path, problem


class NotFound(VireilleError):
    """No such thing."""

    code = "not_found"
    exit_code = 4


class CheckFailed(VireilleError):
    """A check that was asked for found something."""

    code = "check_failed"
    exit_code = 5


class Damaged(CheckFailed):
    """Stored bytes are not what was stored."""

    code = "damaged_store"


class Refused(VireilleError):
    """A citizen's file cannot be opened. `code` is one of `REFUSALS`."""

    exit_code = 3

    def __init__(self, code: str) -> None:
        """`code`: a key of `REFUSALS`; gives the sentence the advisor sees."""
        text = REFUSALS[code]
        super().__init__(text.en, code=code, text=text)


class NotWhole(VireilleError):
    """Still being written."""

    code = "not_whole"
    transient = True


class Stale(VireilleError):
    """The lease is gone or the filing has moved on."""

    code = "stale"
    exit_code = 2


class Away(VireilleError):
    """Cannot be reached now."""

    code = "away"
    transient = True


class DiskFull(Away):
    """No room to write."""

    code = "disk_full"


class TooManyOpen(Away):
    """No further file can be opened until another is closed."""

    code = "too_many_open"


class NotHere(Away):
    """A paper's bytes are not in this machine's blob folder: they may be on another machine's, or come back."""

    code = "not_here"


class Denied(VireilleError):
    """Refused for good by the other side or by permissions."""

    code = "denied"


class Unsealable(VireilleError):
    """No fit key or certificate to seal with."""

    code = "unsealable"


class Untrusted(VireilleError):
    """Does not verify; nothing of it may be used."""

    code = "untrusted"
    exit_code = 3


REFUSALS = SENTENCES["refused"]
"""Why a file cannot be opened, for the advisor."""
