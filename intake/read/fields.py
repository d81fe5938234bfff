"""The fields of a form as they were filled in: places judged one by one, then put together field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from intake.base.filing import Box, FieldPlace, FieldReading, FieldState
from intake.forms.model import Field, Place
from intake.forms.rendered_blank import Bits
from intake.jail.pixels import OpenedScan
from intake.read.ink import HARDLY, PALE, Ink, Sheet
from intake.read.judge import SEEN_SHARE, Judged, crossed, judge_text, pixels, several_strokes
from intake.read.signature import judge_signature
from intake.read.solid import SolidAreas
from intake.read.streaks import page_streaks
from intake.read.ticks import judge_ticks, marked_beside
from intake.recognise.runs import DocumentRun, RegisteredPage, RunPage

_TICKS = ("check", "radio")
_HINT_PX, _LINE_EDGE_PX = 12, 5
_LINE_ABOVE_MM = 8.0
"""So far around a place is looked at for the letter whose tail hangs into it."""
_PENS = 0.23
"""How sharp a pale pen's writing is at least; what shines through from the sheet's back seldom is."""
_PALE_SURE = 0.7
Spot = tuple[Field, Place]


def read_fields(opened: OpenedScan, seen: DocumentRun) -> dict[str, FieldReading]:
    """Every field of the form that has a place on the pages seen, by key; values are left None but for ticks.

    A field on several places is filled if any of them is; places on pages that are not in the scan are left out.
    """
    if seen.definition is None:
        return {}
    judged: dict[str, list[tuple[Place, int, Judged]]] = {}
    for page in seen.pages:
        number = page.reading.form_page
        if page.registered is None or number is None:
            continue
        spots = [(f, p) for f in seen.definition.fields for p in f.places if p.page == number]
        for (field, place), verdict in _judge_page(page, spots):
            sure = _asked(verdict) if page.registered.uneven(place.box_mm) else verdict
            judged.setdefault(field.key, []).append((place, page.reading.source_page, sure))
    return {f.key: _together(f, judged[f.key]) for f in seen.definition.fields if f.key in judged}


def _judge_page(page: RunPage, spots: Sequence[Spot]) -> Iterator[tuple[Spot, Judged]]:
    if page.registered is None or not spots:
        return
    sheet = Sheet.of(page.registered.face, page.registered.flat)
    ink = sheet.ink()
    lines = page_streaks(ink)
    if lines is not None:
        ink = sheet.ink(only=~lines)
    solid = SolidAreas.of(page.registered.face, page.registered.flat)
    ticks = [spot for spot in spots if spot[0].kind in _TICKS]
    written = [spot for spot in spots if spot[0].kind not in _TICKS]
    verdicts = judge_ticks(sheet, *_boxes(page.registered, ticks), without=lines)
    filled = [verdict.state is FieldState.FILLED for verdict in verdicts]
    beside = marked_beside(ink, [p.box_mm for _, p in ticks], filled, [p.box_mm for _, p in written])
    ticked = {field.key for (field, _), own in zip(ticks, filled, strict=True) if own}
    for number, (spot, verdict) in enumerate(zip(ticks, verdicts, strict=True)):
        meant_beside = number in beside and spot[0].key not in ticked
        yield spot, _asked(verdict) if meant_beside or solid.covers_box(spot[1].box_mm) else verdict
    shares = _boxes(page.registered, written)[1]
    texts: list[tuple[Spot, float]] = []
    for (field, place), share in zip(written, shares, strict=True):
        if field.kind != "signature":
            texts.append(((field, place), share))
            continue
        verdict = _signed(sheet, ink, place.box_mm, without=lines)
        unseen = share < SEEN_SHARE and verdict.state is FieldState.EMPTY
        yield (field, place), _asked(verdict) if unseen else _unless_solid(verdict, solid, ink, place.box_mm)
    boxes = [place.box_mm for (_, place), _ in texts]
    first = [judge_text(ink, box, on_scan=share) for box, (_, share) in zip(boxes, texts, strict=True)]
    first = [_unless_solid(verdict, solid, ink, box) for verdict, box in zip(first, boxes, strict=True)]
    second = _second_look(sheet, ink, solid, boxes, first, without=lines)
    yield from zip((spot for spot, _ in texts), second, strict=True)


def _signed(sheet: Sheet, ink: Ink, box: Box, *, without: Bits | None) -> Judged:
    """A signature's place; what seems empty is looked at once more, for it may be signed with a pencil."""
    verdict, darker = judge_signature(ink, box), sheet.darker(HARDLY.faint) & ~ink.own
    if verdict.state is not FieldState.EMPTY or not _hints(darker, box):
        return verdict
    paler = sheet.ink(pen=HARDLY, only=_around([box], darker, without))
    seen = judge_signature(paler, box)
    unsigned = seen.state is FieldState.EMPTY or sheet.sharpness(paler, box) < _PENS
    return verdict if unsigned else _asked(seen)


def _second_look(
    sheet: Sheet, ink: Ink, solid: SolidAreas, boxes: Sequence[Box], judged: Sequence[Judged], *, without: Bits | None
) -> list[Judged]:
    """Texts once more: what does not seem filled may be so with a paler pen, or at least hold a trace of one."""
    verdicts = list(judged)
    left = [number for number, verdict in enumerate(judged) if verdict.state is not FieldState.FILLED]
    for pen in (HARDLY, PALE):
        darker = sheet.darker(pen.faint) & ~ink.own
        doubted = [number for number in left if _hints(darker, boxes[number])]
        if not doubted:
            break
        paler = sheet.ink(pen=pen, only=_around([boxes[number] for number in doubted], darker, without))
        for number in doubted:
            seen = _unless_solid(judge_text(paler, boxes[number]), solid, paler, boxes[number])
            if seen.state is FieldState.EMPTY or sheet.sharpness(paler, boxes[number]) < _PENS:
                continue
            if pen is PALE and several_strokes(paler, boxes[number]) and not crossed(ink, boxes[number]):
                verdicts[number] = replace(seen, confidence=min(seen.confidence, _PALE_SURE))
            else:
                verdicts[number] = _asked(seen)
    return verdicts


def _hints(darker: Bits, box: Box) -> bool:
    x0, y0, x1, y1 = pixels(box, darker.shape)
    return int(darker[y0:y1, x0:x1].sum()) >= _HINT_PX


def _around(boxes: Sequence[Box], page: Bits, without: Bits | None) -> Bits:
    """The part of a page on which boxes are judged."""
    around = np.zeros_like(page)
    for box in boxes:
        x0, y0, x1, y1 = pixels(box, page.shape, grow_mm=_LINE_ABOVE_MM)
        around[y0:y1, x0:x1] = True
    if without is None:
        return around
    wider = cv2.dilate(without.astype(np.uint8), np.ones((_LINE_EDGE_PX, _LINE_EDGE_PX), np.uint8))
    return np.asarray(around & (wider == 0), np.bool_)


def _unless_solid(verdict: Judged, solid: SolidAreas, ink: Ink, box: Box) -> Judged:
    return _asked(verdict) if verdict.state is FieldState.FILLED and solid.hides(ink, box) else verdict


def _asked(verdict: Judged) -> Judged:
    return replace(verdict, state=FieldState.UNCLEAR, confidence=0.5)


def _boxes(laid: RegisteredPage, spots: Sequence[Spot]) -> tuple[list[Box], list[float]]:
    """The boxes of places and how much of each the scan covers."""
    boxes = [place.box_mm for _, place in spots]
    return boxes, [float(share) for share in laid.on_scan(boxes)]


def _together(field: Field, judged: Sequence[tuple[Place, int, Judged]]) -> FieldReading:
    states = [verdict.state for _, _, verdict in judged]
    state = next((s for s in (FieldState.FILLED, FieldState.UNCLEAR) if s in states), FieldState.EMPTY)
    value, sure = None, min((v.confidence for _, _, v in judged if v.state is state), default=0.0)
    if state is FieldState.FILLED:
        sure = max(v.confidence for _, _, v in judged if v.state is state)
        value = _chosen(field, judged)
    return FieldReading(
        kind=field.kind,
        state=state,
        value=value,
        confidence=round(sure, 3),
        places=tuple(FieldPlace(page=page, box_mm=place.box_mm) for place, page, _ in judged),
    )


def _chosen(field: Field, judged: Sequence[tuple[Place, int, Judged]]) -> str | None:
    """The option ticked; None where several are, or for writing."""
    if field.kind not in _TICKS:
        return None
    ticked = [place for place, _, verdict in judged if verdict.state is FieldState.FILLED]
    options = {place.option or "X" for place in ticked}
    return options.pop() if len(options) == 1 else None


def states(fields: Mapping[str, FieldReading]) -> dict[str, FieldState]:
    """Just the states, by key."""
    return {key: reading.state for key, reading in fields.items()}
