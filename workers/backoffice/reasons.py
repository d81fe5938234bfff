"""Why a provider returns a filing: codes that travel in the receipt, with their sentences in `reasons.toml`."""

import re

from intake.base.errors import WrongUse
from intake.base.reasons import SENTENCES

REASONS = SENTENCES["returned"]
_CODE = re.compile(r"^[A-Za-z0-9_.-]{1,40}$")


def checked_reason(code: str) -> str:
    """`code`, if it can travel in a receipt; one not in `REASONS` may, and is shown as it is. Raises WrongUse."""
    if not _CODE.fullmatch(code):
        raise WrongUse(f"a reason is a short code, such as {', '.join(REASONS)}")
    return code
