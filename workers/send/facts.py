"""Typed facts that stages leave for later stages: the route and the parcel."""

from pydantic import Field

from intake.base.filing import Frozen
from routing_rules.decide import Decision
from workers.ledger.claimed import Work


class Parcel(Frozen):
    """A sealed bundle at the point: its id, the SHA-256 and size of the `.p7m`, and the blob that keeps it."""

    id: str
    sha256: str
    bytes: int
    blob: str


class Choice(Frozen):
    """The recipient that a person chose by hand, as `people.release` keeps it."""

    provider: str
    unit: str | None = None


class Facts(Frozen):
    """The facts that the post reads; others stay where they are."""

    model_config = {**Frozen.model_config, "extra": "ignore"}

    route: Decision | None = None
    parcel: Parcel | None = Field(default=None)
    chosen: Choice | None = None


def choice_of(work: Work) -> Choice | None:
    """The recipient that a person chose, if one did."""
    return Facts.model_validate(work.facts).chosen


def route_of(work: Work) -> Decision:
    """The filing's recipient. Raises LookupError before it was decided."""
    route = Facts.model_validate(work.facts).route
    if route is None:
        raise LookupError("not routed yet")
    return route


def parcel_of(work: Work) -> Parcel:
    """The sealed bundle. Raises LookupError before it was sealed."""
    parcel = Facts.model_validate(work.facts).parcel
    if parcel is None:
        raise LookupError("not sealed yet")
    return parcel
