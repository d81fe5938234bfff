"""One function for each kind of rule: its gap in a filing, if any.

A function gets the rule, what is known, and what lies beside the form; it answers with gaps: a code and the field it
belongs to. Whether a gap blocks, and in what words it is told, is decided by `check`.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from intake.check.known import Known
from intake.forms.model import Rule

UNKNOWN = "unknown"
"""Among the attachments: a paper nobody could name. It may be the one that is asked for."""
UNREAD = "unread"
"""Among the attachments: a paper whose title was not read, so that nobody knows what it is."""
_UNSURE_CENTS = Decimal(1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A rule's gap: `missing`, `contradiction`, `invalid`, `missing_attachment` or `unclear`."""

    code: str
    field: str | None = None
    soft: bool = False
    """Only a value could not be read: ink is there, so the advisor is asked to look, and nothing stops."""
    unread: bool = False
    """A paper that may be the one asked for was not read at all."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The papers handed over with the form: kinds of attachments and ids of other forms."""

    attachments: Collection[str]


Finder = Callable[[Rule, Known, Beside], Iterator[Gap]]


def _required(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    """Every field must be filled."""
    for key in rule.fields:
        if not known.seen(key):
            continue
        filled = known.filled(key)
        if filled is not True:
            yield Gap("missing" if filled is False else "unclear", key)


def _forbidden(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    """None of the fields may be filled."""
    for key in rule.fields:
        if known.filled(key):
            yield Gap("contradiction", key)
        elif known.unclear(key):
            yield Gap("unclear", key)


def _contradiction(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    """What the condition says must not be."""
    yield Gap("contradiction", rule.fields[0] if rule.fields else None)


def _exactly_one(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    filled = sum(known.filled(key) is True for key in rule.fields)
    doubtful = next((key for key in rule.fields if known.unclear(key) and known.filled(key) is None), None)
    if filled > 1:
        yield Gap("contradiction", next(key for key in rule.fields if known.filled(key)))
    elif doubtful is not None:
        yield Gap("unclear", doubtful)
    elif filled == 0 and all(known.seen(key) for key in rule.fields):
        yield Gap("missing", rule.fields[0])


def _at_least_one(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    if any(known.filled(key) for key in rule.fields):
        return
    doubtful = next((key for key in rule.fields if known.unclear(key)), None)
    if doubtful is not None:
        yield Gap("unclear", doubtful)
    elif all(known.seen(key) for key in rule.fields):
        yield Gap("missing", rule.fields[0])


def _all_or_none(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    if any(known.filled(key) for key in rule.fields):
        yield from _required(rule, known, beside)


def _in_order(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    """Dates in the order the fields are listed; empty ones do not count."""
    written = [key for key in rule.fields if known.filled(key)]
    for earlier, later in pairwise(written):
        first, second = known.day(earlier), known.day(later)
        if first is not None and second is not None and second < first:
            yield Gap("contradiction", later)
        elif (first is None and known.unclear(earlier)) or (second is None and known.unclear(later)):
            yield Gap("unclear", later, soft=True)


def _date_window(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    """The date lies between `value` = "FROM..TO" days from the day of hand-over (either may be left out)."""
    first, last = window(rule.value or "..", known.on)
    for key in rule.fields:
        day = known.day(key)
        if day is not None and ((first and day < first) or (last and day > last)):
            yield Gap("contradiction", key)
        elif day is None and known.unclear(key):
            yield Gap("unclear", key, soft=True)


def window(value: str, on: date) -> tuple[date | None, date | None]:
    """The first and last day meant by `-7..31` on the day `on`. Raises ValueError."""
    first, dots, last = value.partition("..")
    if not dots:
        raise ValueError("a window is written FROM..TO in days, such as -7..31")
    return (
        on + timedelta(days=int(first)) if first.strip() else None,
        on + timedelta(days=int(last)) if last.strip() else None,
    )


def terms_of(value: str) -> tuple[list[tuple[int, str]], str]:
    """`a - b + c = d` as signed terms and the result's key. Raises ValueError."""
    left, equals, result = value.partition("=")
    words = ["+", *left.split()]
    if not equals or len(result.split()) != 1 or len(words) % 2:
        raise ValueError("a sum is written such as 'oma_osuus - kulut = tyon_osuus'")
    pairs = list(zip(words[::2], words[1::2], strict=True))
    if any(sign not in ("+", "-") for sign, _ in pairs):
        raise ValueError("a sum knows + and - only")
    return [(1 if sign == "+" else -1, key) for sign, key in pairs], result.strip()


def _sum(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    """The figures add up; an empty term counts as nothing, an empty result is not asked for here."""
    terms, result = terms_of(rule.value or "")
    keys = [key for _, key in terms] + [result]
    if not known.filled(result) or not any(known.filled(key) for _, key in terms):
        return
    amounts = {key: Decimal(0) if known.filled(key) is False else known.euros(key) for key in keys}
    figures = {key: amount for key, amount in amounts.items() if amount is not None}
    if len(figures) < len(amounts):
        doubtful = next((key for key in keys if amounts[key] is None and known.unclear(key)), None)
        if doubtful is not None:
            yield Gap("unclear", doubtful, soft=True)
        return
    total = sum((sign * figures[key] for sign, key in terms), Decimal(0))
    slack = Decimal(0) if all(known.cents_known(key) for key in keys) else _UNSURE_CENTS
    if abs(total - figures[result]) > slack:
        yield Gap("contradiction", result)


def _at_most(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    """The first figure is not larger than the second."""
    small, large = (known.euros(key) for key in rule.fields[:2])
    if small is not None and large is not None and small > large:
        yield Gap("contradiction", rule.fields[0])
    elif (small is None and known.unclear(rule.fields[0])) or (large is None and known.unclear(rule.fields[1])):
        yield Gap("unclear", rule.fields[0], soft=True)


def _attachment(rule: Rule, known: Known, beside: Beside) -> Iterator[Gap]:
    """One of the attachments named (`a` or `a|b`) lies beside the form."""
    wanted = (rule.attachment or "").split("|")
    if any(name in beside.attachments for name in wanted):
        return
    if UNREAD in beside.attachments:
        yield Gap("unclear", unread=True)
    else:
        yield Gap("unclear" if UNKNOWN in beside.attachments else "missing_attachment")


FINDERS: dict[str, Finder] = {
    "required": _required,
    "signed": _required,
    "forbidden": _forbidden,
    "contradiction": _contradiction,
    "exactly_one_of": _exactly_one,
    "at_least_one_of": _at_least_one,
    "all_or_none": _all_or_none,
    "in_order": _in_order,
    "date_window": _date_window,
    "sum": _sum,
    "at_most": _at_most,
    "attachment": _attachment,
}
NOTES = frozenset({"note", "wrong_addressee"})
"""Kinds that tell the advisor something and find nothing: deadlines, and papers that belong elsewhere."""
