"""JSON from others that may have grown: how a reader meets keys of a later release. Words in BUNDLE.md, "Growing".

A model of ours stays closed to its writers (`extra="forbid"`); only reading lets keys pass that it does not know.
"""

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from intake.base.errors import Untrusted

_Model = TypeVar("_Model", bound=BaseModel)


def read_json(model: type[_Model], untrusted: bytes | str, what: str) -> _Model:
    """`untrusted` as a `model`; keys that it does not know are ignored at every level.

    Raises Untrusted (`malformed`): no JSON, a key missing, a value that does not fit, or a key that stands twice in one
    object, because two readers could then see two different things. `what` names the document.
    """
    try:
        json.loads(untrusted, object_pairs_hook=_once)
        return model.model_validate_json(untrusted, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        # H-02: never the value, it may be a person's
        where = ".".join(str(part) for part in first["loc"][:1])
        raise Untrusted(
            f"{what} is not as documented ({where or 'whole'}: {first['type']})", code="malformed"
        ) from None
    except (ValueError, RecursionError):
        raise Untrusted(f"{what} is not JSON in which each key stands once", code="malformed") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice")
    return table
