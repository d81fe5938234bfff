"""The knowledge about a filing's fields: yes, no, or not known, and why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from intake.base.filing import FieldReading, FieldState
from intake.base.identifiers import CHECKED, birth_date, is_valid, parse_date, parse_money
from intake.check.conditions import Both, Condition, Fact, Not, facts_in
from intake.forms.model import Definition, Field

SURE = 0.8
"""From this confidence on, what a field says is used in rules."""
CENTS = "_snt"
"""A sum in two boxes: `maksettu` holds the euros, `maksettu_snt` the cents."""


@dataclass(frozen=True, slots=True)
class Known:
    """The fields of one filing as they were read, on the day it is handed over."""

    definition: Definition
    fields: Mapping[str, FieldReading]
    on: date

    def field(self, key: str) -> Field | None:
        """The definition's field, if there is one."""
        return next((field for field in self.definition.fields if field.key == key), None)

    def seen(self, key: str) -> bool:
        """Whether the page that holds the field is in the scan."""
        return key in self.fields

    def filled(self, key: str) -> bool | None:
        """Whether something is written there; None: unclear, or its page is not there."""
        reading = self.fields.get(key)
        if reading is None or reading.state is FieldState.UNCLEAR:
            return None
        return reading.state is FieldState.FILLED

    def says(self, key: str) -> str | None:
        """The value of the field, where it was read with confidence."""
        reading = self.fields.get(key)
        if reading is None or reading.state is not FieldState.FILLED or reading.value is None:
            return None
        if reading.confidence is not None and reading.confidence < SURE:
            return None
        return reading.value

    def unclear(self, key: str) -> bool:
        """Whether a person should look: ink neither there nor not there, or a reading nobody should trust.

        A field whose value was not read at all (`--no-values`) is not unclear: nobody asked.
        """
        reading = self.fields.get(key)
        if reading is None:
            return False
        if reading.state is FieldState.UNCLEAR:
            return True
        return reading.state is FieldState.FILLED and reading.confidence is not None and self.says(key) is None

    def day(self, key: str) -> date | None:
        """The date written in the field."""
        text = self.says(key)
        return parse_date(text) if text is not None else None

    def euros(self, key: str) -> Decimal | None:
        """The sum written in the field, with the cents of a second box where the form has one."""
        text = self.says(key)
        amount = parse_money(text) if text is not None else None
        cents = self.says(key + CENTS)
        if amount is not None and cents is not None and cents.isdigit() and len(cents) <= 2:
            amount += Decimal(cents) / 100
        return amount

    def cents_known(self, key: str) -> bool:
        """Whether the cents are known, or there are none."""
        return not self.seen(key + CENTS) or self.filled(key + CENTS) is False or self.says(key + CENTS) is not None

    def valid(self, key: str) -> bool | None:
        """Whether what is written can be a value of the field's kind; None: not known."""
        field, reading = self.field(key), self.fields.get(key)
        if field is None or field.value is None or reading is None or reading.state is not FieldState.FILLED:
            return None
        if reading.value is not None:
            fits = is_valid(field.value, reading.value)
            return fits if fits or reading.confidence is None or reading.confidence >= SURE else None
        if reading.confidence is None or field.value not in CHECKED:
            return None
        return False if reading.confidence >= SURE else None

    def age(self, key: str) -> int | None:
        """Whole years of the person whose identity code is written in the field."""
        text = self.says(key)
        born = birth_date(text) if text is not None else None
        if born is None:
            return None
        return self.on.year - born.year - ((self.on.month, self.on.day) < (born.month, born.day))

    def holds(self, condition: Condition) -> bool | None:
        """Whether a condition holds (three-valued logic: unknown unless one side decides)."""
        if isinstance(condition, Fact):
            return self._fact(condition)
        if isinstance(condition, Not):
            inner = self.holds(condition.part)
            return None if inner is None else not inner
        return self._joined(condition)

    def doubts(self, condition: Condition) -> tuple[str, ...]:
        """The fields that leave a condition open and that a person could clear up by looking at the paper."""
        open_facts = (fact for fact in facts_in(condition) if self._fact(fact) is None)
        return tuple(dict.fromkeys(fact.key for fact in open_facts if self.unclear(fact.key)))

    def _joined(self, condition: Both) -> bool | None:
        answers = [self.holds(part) for part in condition.parts]
        if condition.either in answers:
            return condition.either
        return None if None in answers else not condition.either

    def _fact(self, fact: Fact) -> bool | None:
        filled = self.filled(fact.key)
        if fact.verb == "filled":
            return filled
        if fact.verb == "empty":
            return None if filled is None else not filled
        if not filled:
            return fact.verb == "!=" if filled is False else None
        if fact.verb in ("=", "!="):
            value = self.says(fact.key)
            return None if value is None else (value == fact.operand) == (fact.verb == "=")
        if fact.verb == "is":
            value = self.says(fact.key)
            return None if value is None else is_valid(fact.operand, value)
        if fact.verb in ("before", "after"):
            day = self.day(fact.key)
            limit = date.fromisoformat(fact.operand)
            return None if day is None else (day < limit if fact.verb == "before" else day > limit)
        number = self._number(fact.key)
        limit_number = int(fact.operand)
        if number is None:
            return None
        return number < limit_number if fact.verb == "under" else number > limit_number

    def _number(self, key: str) -> Decimal | None:
        field = self.field(key)
        if field is not None and field.value in ("hetu", "hetu_or_ytunnus"):
            age = self.age(key)
            return None if age is None else Decimal(age)
        return self.euros(key)
