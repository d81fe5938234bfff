"""One page of a form as somebody filled it in, with faults of its own and the truth of what is on it."""

from dataclasses import dataclass, replace
from random import Random

import numpy as np

from intake.base.filing import Box
from intake.forms.model import Definition
from intake.jail.pixels import Gray
from intake.trial import sample
from intake.trial.filling import fill
from tests.bench.makers_marks import DPI, NO_SIGNATURE, beside, descender, joined, printed
from tests.makers.fill import hand

MOST_PAGES = 4
"""Later pages of long forms are left out: drawing them takes most of the time."""
_IN_A_SIGNATURES_PLACE = ("scribble", "joined", "printed", "nothing", "beside", *NO_SIGNATURE)
_LEAST_MM = 3.0  # a lower box cannot hold the writing that the makers put in it


@dataclass(frozen=True)
class Filled:
    """One page with writing on it."""

    definition: Definition
    page: int
    gray: Gray
    truth: dict[str, str]
    """`filled` or `empty` by key; for signatures that are none, `empty` and what lies there; or `spelled`."""


def filled_page(definition: Definition, random: Random, *, pencil: bool) -> Filled:
    """A random page of a form, filled in by somebody."""
    page = random.randint(1, min(len(definition.pages), MOST_PAGES))
    part = definition.model_copy(update={"pages": definition.pages[:page]})
    here = {f.key: f for f in definition.fields if f.places[0].page == page}
    seed = random.randrange(1 << 30)
    values = {k: v for k, v in sample(definition, seed=seed, extra=0.5).values.items() if k in here}
    signatures = [f.key for f in here.values() if f.kind == "signature"]
    signed = {
        key: random.choice(("scribble", "joined", "printed", "nothing", "beside", *NO_SIGNATURE)) for key in signatures
    }
    for key, how in signed.items():
        values.pop(key, None)
        if how == "scribble":
            values[key] = "X"
    writer = hand(seed, typed=random.random() < 0.25)
    if pencil:
        writer = replace(writer, grey=random.uniform(0.5, 0.66))
    gray = np.ascontiguousarray(fill(part, values, hand=writer, dpi=DPI, seed=seed)[page - 1])
    truth = {k: ("filled" if k in values else "empty") for k, f in here.items() if _judged(f.places[0].box_mm)}
    boxes = [place.box_mm for f in definition.fields for place in f.places if place.page == page]
    for key, how in signed.items():
        truth[key] = _sign(gray, here[key].places[0].box_mm, how, boxes, random)
    for key in random.sample(sorted(values), min(2, len(values))):
        if here[key].kind in ("text", "date"):
            descender(gray, here[key].places[0].box_mm, random)
    empty = [k for k in here if truth.get(k) == "empty" and here[k].kind in ("text", "date")]
    for key in random.sample(empty, min(1, len(empty))):
        beside(gray, here[key].places[0].box_mm, boxes, random)
    return Filled(definition, page, gray, truth)


def _judged(box: Box) -> bool:
    return box[3] - box[1] >= _LEAST_MM or box[3] - box[1] > 0.8 * (box[2] - box[0])


def _sign(gray: Gray, box: Box, how: str, boxes: list[Box], random: Random) -> str:
    """Puts something into a signature's place; returns its truth."""
    if how == "scribble":
        return "filled"
    if how == "joined":
        joined(gray, box, random)
        return "filled (joined)"
    if how == "printed":
        printed(gray, box, random)
        return "spelled"
    if how == "beside":
        return "empty (beside)" if beside(gray, box, boxes, random) else "empty"
    if how in NO_SIGNATURE:
        NO_SIGNATURE[how](gray, box, random)
        return f"empty ({how})"
    return "empty"
