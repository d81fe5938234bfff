"""One page of a form as somebody filled it in, with faults of its own and the truth of what is on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import cv2
import numpy as np

from intake.base.filing import Box
from intake.forms.model import Definition, Field
from intake.jail.pixels import Gray
from intake.trial import sample
from intake.trial.filling import fill
from tests.bench.makers_marks import DPI, NO_SIGNATURE, PX, beside, corrected, descender, joined, printed, stamp
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


def filled_page(definition: Definition, random: Random, *, pencil: bool, handled: bool = False) -> Filled:
    """A random page of a form, filled in by somebody; `handled`: with any pen, stamped and corrected."""
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
    stamped = np.zeros_like(gray)
    if handled:
        blank = np.ascontiguousarray(fill(part, {}, hand=writer, dpi=DPI, seed=seed)[page - 1])
        written = [here[key].places[0].box_mm for key in sorted(values) if here[key].kind in ("text", "date")]
        gray, stamped = _handled(gray, blank, written, random)
    truth = {k: ("filled" if k in values else "empty") for k, f in here.items() if _judged(f.places[0].box_mm)}
    for key in [key for key, state in truth.items() if state == "empty" and _touched(stamped, here[key], page)]:
        del truth[key]  # what an office's stamp makes of an empty place is for a person to say
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


def _touched(stamped: Gray, field: Field, page: int) -> bool:
    corners = [[round(v * PX) for v in place.box_mm] for place in field.places if place.page == page]
    return any(bool(stamped[y0:y1, x0:x1].any()) for x0, y0, x1, y1 in corners)


def _handled(gray: Gray, blank: Gray, written: Sequence[Box], random: Random) -> tuple[Gray, Gray]:
    """Written with a pencil, a felt pen or a pale one, now and then; a word half under fluid; a stamp over another.

    Returns the page, and what of it the stamp darkened.
    """
    pen = random.choice(("usual", "usual", "felt", "pencil", "pale"))
    writing = blank.astype(np.float32) - gray
    if pen == "felt":
        wide = cv2.dilate(writing, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
        writing = cv2.GaussianBlur(wide, (0, 0), 1.2)
    elif pen != "usual":
        grain = np.random.default_rng(random.randrange(1 << 30)).uniform(0.6 if pen == "pencil" else 0.9, 1, gray.shape)
        writing *= (grain * random.uniform(0.6, 0.8)).astype(np.float32)
    page = np.clip(blank - writing, 0, 255).astype(np.uint8)
    places = random.sample(list(written), min(2, len(written)))
    if places and random.random() < 0.5:
        corrected(page, places[0], random)
    before = page.copy()
    if len(places) > 1 and random.random() < 0.5:
        stamp(page, places[1], random)
    return page, before - page


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
