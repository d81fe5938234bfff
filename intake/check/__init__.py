"""Is a filing complete? The rules of a form's definition, evaluated on three-valued fields.

Promises: an unclear field makes an unclear finding, never a false demand; an assumption advises and never blocks; an
office-only field is never asked for; the same filing gives the same findings in the same order. The rule language is
described in `intake/forms/RULES.md`.
"""

from intake.check.attachments import attachment_kind
from intake.check.check import NO_DEMANDS, check, demands, notes, verdict_of, with_doubts, without_demands
from intake.check.rule_lint import problems

__all__ = [
    "NO_DEMANDS", "attachment_kind", "check", "demands", "notes", "problems", "verdict_of", "with_doubts",
    "without_demands",
]  # fmt: skip
