"""The order and the turns that a person gave a filing's pages; the scanner's bytes stay as they are."""

from collections.abc import Sequence
from typing import Literal

from intake.base.filing import Frozen
from workers.ledger.vault import Json

FACT = "arranged"
"""The name under which a filing's facts hold it."""
Turn = Literal[0, 90, 180, 270]


class Arrangement(Frozen):
    """Page numbers in the person's order, and by page number how far it was turned further, clockwise."""

    order: tuple[int, ...] = ()
    turns: dict[int, Turn] = {}

    def ordered(self, pages: Sequence[int]) -> tuple[int, ...]:
        """`pages` in the person's order; those that came later at the end."""
        known = {page: number for number, page in enumerate(self.order)}
        return tuple(sorted(pages, key=lambda page: (known.get(page, len(known)), page)))


def arranged(facts: Json) -> Arrangement:
    """How a person arranged the pages; as they were scanned if nobody did."""
    return Arrangement.model_validate(facts.get(FACT, {}))
