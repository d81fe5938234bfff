"""A page pressed flat onto its blank: every printed spot where the blank has it, to a fraction of a pixel.

The perspective found from key points is corrected by small local shifts (optical flow from the blank's own print),
smoothed over the page, so a bent sheet or a feeder that slipped does no harm and handwriting does not pull.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from intake.forms.even_light import FEATURE_DPI, WORK_DPI
from intake.forms.features import Features
from intake.jail.pixels import Gray
from intake.recognise.feed import Feed, find_feed
from intake.recognise.registration import Matrix, carry

NODE = 96
"""Pixels of the working resolution between two nodes of the grid of shifts."""
_TRACKED = 320
_WINDOW = (17, 17)
_FARTHEST_PX = 16.0  # at the feature resolution: 4 mm
_CLOSE_PX = 3.0
_FEWEST = 8
_PULLED_PX = 1.3
"""The shifts of most of a row of nodes differ by less than this from the row's before where paper was pulled evenly, be
it worn, folded or on a photo; beyond, there may be a jump that the mesh smooths out, and print by it lies off."""
_UP = WORK_DPI / FEATURE_DPI


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """The place on the page of each spot of the face."""

    to_page: Matrix
    """3 x 3: face px to page px, both at `FEATURE_DPI`."""
    shifts: NDArray[np.float32]
    """rows x columns x 2: what to add to a face position first, in px at `FEATURE_DPI`; node k lies in the middle
    of the k-th `NODE` x `NODE` square of the face at `WORK_DPI`."""
    kept: float
    """Share of the tracked spots that were found where the mesh says."""
    feed: Feed | None = None
    """What leads from the page put together again, on which all this lies, back to the page as it was scanned."""

    def carry(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """N x 2 face px at `FEATURE_DPI` to page px at `FEATURE_DPI`."""
        at = self._on_whole(points)
        return at if self.feed is None else self.feed.to_scan(at)

    def uneven(self, box: NDArray[np.float64]) -> bool:
        """Whether the feeder broke or pulled the page in or by a box (its corners in face px at `FEATURE_DPI`)."""
        if self.feed is not None and self.feed.crosses(self._on_whole(box)):
            return True
        ends = (np.floor(end * (_UP / NODE) - 0.5).astype(int) for end in (box.min(axis=0), box.max(axis=0)))
        first, last = (np.maximum(node, 0) for node in ends)
        for way in (0, 1):
            steps = np.linalg.norm(np.median(np.diff(self.shifts, axis=way), axis=1 - way), axis=1)
            if steps[first[1 - way] : last[1 - way] + 1].max(initial=0.0) > _PULLED_PX:
                return True
        return False

    def _on_whole(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Face px to px of the page put together again."""
        return carry(self.to_page, points + self.shift_at(points))

    def shift_at(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """The shift at face px (`FEATURE_DPI`), between nodes in proportion."""
        rows, columns = self.shifts.shape[:2]
        at = np.asarray(points, np.float64) * (_UP / NODE) - 0.5
        x, y = np.clip(at[:, 0], 0, columns - 1), np.clip(at[:, 1], 0, rows - 1)
        x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
        x1, y1 = np.minimum(x0 + 1, columns - 1), np.minimum(y0 + 1, rows - 1)
        fx, fy = (x - x0)[:, None], (y - y0)[:, None]
        top = self.shifts[y0, x0] * (1 - fx) + self.shifts[y0, x1] * fx
        bottom = self.shifts[y1, x0] * (1 - fx) + self.shifts[y1, x1] * fx
        return np.asarray(top * (1 - fy) + bottom * fy, np.float64)


def mesh_of(face_small: Gray, page_small: Gray, to_page: Matrix, features: Features) -> Mesh:
    """The mesh that lays a face on a page, both at `FEATURE_DPI` in even light, given a first placement."""
    height, width = face_small.shape
    rows, columns = -(-int(height * _UP) // NODE), -(-int(width * _UP) // NODE)
    points = features.points[:_TRACKED]
    for last in (False, False, True):
        shift, sure = _track(face_small, page_small, to_page, points)
        if int(sure.sum()) < _FEWEST:
            return Mesh(to_page, np.zeros((rows, columns, 2), np.float32), 0.0)
        if last or float(np.percentile(np.linalg.norm(shift[sure], axis=1), 80)) < _CLOSE_PX:
            break
        # The placement was rough: mend it by what was tracked all over the page, and track once more.
        mended, _ = cv2.findHomography(points[sure], (points + shift)[sure], cv2.RANSAC, 2.0, maxIters=300)
        if mended is None or np.abs(mended[2, :2]).max() > 2e-4:
            break
        to_page = to_page @ np.asarray(mended, np.float64)
    shifts = _smooth(points[sure], shift[sure], rows, columns)
    off = np.linalg.norm(Mesh(to_page, shifts, 0.0).shift_at(points) - shift, axis=1)
    return Mesh(to_page, shifts, float(np.mean((off < 1.5) & sure)))


def feed_of(face_small: Gray, page_small: Gray, to_page: Matrix, features: Features) -> Feed | None:
    """The breaks of a page on which a face lies only in part. None: it is of one piece, or too little is found."""
    points = features.points[:_TRACKED]
    for _ in range(2):
        shift, sure = _track(face_small, page_small, to_page, points)
        if int(sure.sum()) < 2 * _FEWEST:
            return None
        seen = carry(to_page, points + shift)[sure]
        cv2.setRNGSeed(1)  # a similarity, not a perspective: that would bend to follow the break
        plain, _inside = cv2.estimateAffinePartial2D(points[sure], seen.astype(np.float32), ransacReprojThreshold=2.5)
        if plain is None:
            return None
        to_page = np.asarray(np.vstack([plain, [0, 0, 1]]), np.float64)
    at = carry(to_page, points)[sure]
    return find_feed(at, seen - at)


def _track(
    face_small: Gray, page_small: Gray, to_page: Matrix, points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """How far each point of the face is off on the page as placed, and which of these are to be believed."""
    if len(points) < _FEWEST:
        return np.zeros_like(points), np.zeros(len(points), np.bool_)
    height, width = face_small.shape
    ways = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(page_small, to_page, (width, height), flags=ways, borderValue=255)
    soft_face, soft_seen = cv2.GaussianBlur(face_small, (0, 0), 1.0), cv2.GaussianBlur(seen, (0, 0), 1.0)
    start = points.reshape(-1, 1, 2)
    moved, found = _flow(soft_face, soft_seen, start)
    back, again = _flow(soft_seen, soft_face, moved)
    shift = (moved - start).reshape(-1, 2)
    sure = found & again & (np.linalg.norm((back - start).reshape(-1, 2), axis=1) < 0.5)
    return shift, sure & (np.linalg.norm(shift, axis=1) < _FARTHEST_PX)


def _flow(
    one: Gray | NDArray[np.generic], other: Gray | NDArray[np.generic], start: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    guess = np.zeros_like(start)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        np.asarray(one, np.uint8), np.asarray(other, np.uint8), start, guess, winSize=_WINDOW, maxLevel=2
    )
    return np.asarray(moved, np.float32), np.asarray(found.ravel() == 1, np.bool_)


def _smooth(points: NDArray[np.float32], shift: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Shifts at the grid's nodes: near points weigh more, those off from their surroundings are dropped."""
    nodes_x, nodes_y = np.meshgrid(np.arange(columns), np.arange(rows))
    nodes = (np.stack([nodes_x, nodes_y], axis=-1).reshape(-1, 2) + 0.5) * (NODE / _UP)
    reach = 1.2 * NODE / _UP

    def weights(at: NDArray[np.floating]) -> NDArray[np.float64]:
        apart = (at[:, :1] - points[:, 0]) ** 2 + (at[:, 1:] - points[:, 1]) ** 2
        return np.asarray(np.exp(-apart / (2 * reach**2)) + 1e-6 / (1 + apart), np.float64)

    middle = np.median(shift, axis=0)
    keep = np.ones(len(points))
    among = weights(points)
    for _ in range(3):
        share = among * keep
        local = (share @ shift + 1e-3 * middle) / (share.sum(axis=1, keepdims=True) + 1e-3)
        off = np.linalg.norm(shift - local, axis=1)
        keep = (off < max(1.0, 2.5 * float(np.median(off)))).astype(np.float64)
    share = weights(nodes) * keep
    local = (share @ shift + 1e-3 * middle) / (share.sum(axis=1, keepdims=True) + 1e-3)
    return np.asarray(local.reshape(rows, columns, 2), np.float32)


def flatten(page: Gray, mesh: Mesh, shape: tuple[int, int]) -> Gray:
    """`page` (at `WORK_DPI`, even light) as the face sees it: `shape` px at `WORK_DPI`; off the page is 255."""
    step = 16
    rows, columns = -(-shape[0] // step), -(-shape[1] // step)
    grid_x, grid_y = np.meshgrid(np.arange(columns), np.arange(rows))
    nodes = (np.stack([grid_x, grid_y], axis=-1).reshape(-1, 2) + 0.5) * step / _UP
    on_page = (mesh.carry(nodes) * _UP).astype(np.float32).reshape(rows, columns, 2)
    maps = cv2.resize(_padded(on_page), None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
    maps = maps[step : step + shape[0], step : step + shape[1]]
    x, y = cv2.split(maps)
    flat = cv2.remap(page, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    return np.asarray(flat, np.uint8)


def _padded(grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """One node more on each side, going on as before: resizing would repeat the border instead."""
    grid = np.concatenate([2 * grid[:1] - grid[1:2], grid, 2 * grid[-1:] - grid[-2:-1]], axis=0)
    return np.concatenate([2 * grid[:, :1] - grid[:, 1:2], grid, 2 * grid[:, -1:] - grid[:, -2:-1]], axis=1)
