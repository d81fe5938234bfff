"""Reasons for returning a filing: codes that travel in the receipt, with their sentences in `reasons.toml`."""

from intake.base.errors import WrongUse
from intake.base.reasons import SENTENCES

REASONS = SENTENCES["returned"]


def checked_reason(code: str) -> str:
    """`code`, if advisors have a sentence for it. Raises WrongUse: an answer is never taken back, a slip neither."""
    if code not in REASONS:
        raise WrongUse(f"'{code}' is not a reason; say one of {', '.join(REASONS)}, and what is special in --note")
    return code
