"""A page that the feeder did not pull in one piece: it skipped some lines of pixels, or stood still and saw some twice.

The blank's own print tells where: beyond such a break everything lies off by the same amount. The page is put together
again before a face is laid on it, and what is found on it leads back to the scan.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intake.forms.even_light import FEATURE_DPI
from intake.jail.pixels import Gray

_MOST_BREAKS = 3
_LEAST_PX, _MOST_PX = 1.2, 16.0
"""What a break moves, in px at `FEATURE_DPI`: 0.3 to 4 mm. Less is for the mesh to follow."""
_FEWEST = 12
"""So many spots on either side must say so."""
_STEP_PX, _APART_PX = 4.0, 60.0
"""Places tried for a break, and how far it must be from the next."""
_ENOUGH = 0.75
"""A break must leave at most this share of what was off before."""
_CAPPED_PX = 3.0
_Break = tuple[float, float, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Feed:
    """The breaks of a page, from its start: where on the mended page, and by how much the scan goes on further."""

    axis: int
    """0: they lie across x, 1: across y."""
    breaks: tuple[tuple[float, float], ...]
    """Place and jump, px at `FEATURE_DPI`; a jump below 0 is a skip."""
    spans: tuple[tuple[float, float], ...]
    """From where to where each break may lie as well: there is no print between that would tell."""

    def to_scan(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Places on the mended page to places on the page as it was scanned; what was skipped lies at its break."""
        moved = np.array(points, np.float64)
        moved[:, self.axis] = self._along(moved[:, self.axis])
        return moved

    def mended(self, page: Gray, dpi: float) -> Gray:
        """The page put together again; `dpi`: its resolution."""
        up = dpi / FEATURE_DPI
        length = page.shape[1 - self.axis] - round(up * sum(jump for _, jump in self.breaks))
        rows = self._along((np.arange(length) + 0.5) / up) * up - 0.5
        chosen = np.clip(np.rint(rows).astype(np.intp), 0, page.shape[1 - self.axis] - 1)
        return np.ascontiguousarray(np.take(page, chosen, axis=1 - self.axis))

    def beside(self, points: NDArray[np.float64], reach_px: float) -> NDArray[np.bool_]:
        """Tell the places on the mended page that lie by a break, so that print there may be gone."""
        at = points[..., self.axis]
        near = [np.abs(at - place) < reach_px + abs(jump) for place, jump in self.breaks]
        return np.asarray(np.any(near, axis=0), np.bool_)

    def crosses(self, box: NDArray[np.float64]) -> bool:
        """Whether a break may lie in or right by a box, given by its corners on the mended page."""
        low, high = box[:, self.axis].min() - _STEP_PX, box[:, self.axis].max() + _STEP_PX
        jumps = (abs(jump) for _, jump in self.breaks)
        return any(
            begin - jump <= high and low <= end + jump for (begin, end), jump in zip(self.spans, jumps, strict=True)
        )

    def _along(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        moved, so_far = at.copy(), 0.0
        for place, jump in self.breaks:
            beyond = at > place
            moved[beyond] = np.maximum(at[beyond] + so_far + jump, place + so_far)
            so_far += jump
        return moved


def find_feed(at: NDArray[np.float64], off: NDArray[np.float64]) -> Feed | None:
    """The breaks that explain how far spots of print are off; `at`: where they are expected on the page, n x 2."""
    if len(at) < 2 * _FEWEST:
        return None
    tried = [(*_breaks(at[:, axis], off[:, axis]), axis) for axis in (1, 0)]
    left, breaks, axis = min(tried, key=lambda attempt: attempt[0])
    if not breaks or left >= _ENOUGH:
        return None
    return Feed(axis, tuple((place, jump) for place, jump, _ in breaks), tuple(span for _, _, span in breaks))


def _breaks(at: NDArray[np.float64], off: NDArray[np.float64]) -> tuple[float, list[_Break]]:
    """The share of what is off that breaks leave, and the breaks."""
    ordered = np.sort(at)
    candidates = np.arange(ordered[_FEWEST], ordered[-_FEWEST], _STEP_PX)
    places: list[float] = []
    spans: dict[float, tuple[float, float]] = {}
    cost, fitted = begun, _ = _fit(at, off, [])
    while len(places) < _MOST_BREAKS and len(candidates):
        costs = np.array([_fit(at, off, [*places, place])[0] for place in candidates])
        if costs.min() > _ENOUGH * cost:
            break
        best = candidates[costs <= costs.min() * 1.02]
        found = float(best[len(best) // 2])
        spans[found] = float(best[0]), float(best[-1])
        places = sorted([*places, found])
        candidates = candidates[np.abs(candidates - found) > _APART_PX]
        cost, fitted = _fit(at, off, places)

    def mended(place: float) -> float:
        return place * (1 + fitted[1]) + fitted[0]

    jumps = zip(places, fitted[2:], strict=True)
    kept = [(place, jump) for place, jump in jumps if _LEAST_PX <= abs(jump) <= _MOST_PX]
    seen = [(mended(place), jump, (mended(spans[place][0]), mended(spans[place][1]))) for place, jump in kept]
    return cost / max(begun, 1e-6), seen


def _fit(at: NDArray[np.float64], off: NDArray[np.float64], places: list[float]) -> tuple[float, list[float]]:
    """How much stays off with breaks at these places; and the shift, the slope and the jumps, robust to strays."""
    base = np.stack([np.ones_like(at), at, *[(at > place).astype(np.float64) for place in places]], axis=1)
    weight = np.ones_like(at)
    for _ in range(4):
        fitted, *_rest = np.linalg.lstsq(base * weight[:, None], off * weight, rcond=None)
        left = np.abs(off - base @ fitted)
        weight = 1 / np.sqrt(np.maximum(left, 0.3))
    return float(np.minimum(left, _CAPPED_PX).mean()), [float(value) for value in fitted]
