"""What persons put right in what was read: kept beside the fields, which stay as they were read, and laid over them.

`is` says what stands there: a value; an empty one where something stands there that needs no reading, such as a
signature; None where nothing does.
"""

from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter

from intake.base.filing import FieldReading, FieldState
from workers.ledger.vault import Json
from workers.seal.manifest import Correction

FACT = "corrections"
"""The name under which a filing's facts hold them, oldest first."""
_CORRECTIONS = TypeAdapter(tuple[Correction, ...])


def corrections_in(facts: Json) -> tuple[Correction, ...]:
    """A filing's corrections, oldest first."""
    return _CORRECTIONS.validate_python(facts.get(FACT, ()))


def laid_over(fields: Mapping[str, FieldReading], corrections: Iterable[Correction]) -> dict[str, FieldReading]:
    """The fields with what persons put right, the newest word last; a field that is not there stays away."""
    said = dict(fields)
    for one in corrections:
        if one.field in said:
            state = FieldState.EMPTY if one.value is None else FieldState.FILLED
            update = {"value": one.value or None, "state": state, "candidates": ()}
            said[one.field] = said[one.field].model_copy(update=update)
    return said
