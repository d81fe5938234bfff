"""The result of recognition: runs of pages, and for each page of a form where every spot of the blank lies on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intake.base.filing import Box, EditionName, Kind, PageReading
from intake.forms.even_light import FEATURE_DPI
from intake.forms.face import Face
from intake.forms.model import Definition
from intake.jail.pixels import Gray
from intake.recognise.flatten import Mesh

MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredPage:
    """A scanned page with a face laid over it."""

    face: Face
    mesh: Mesh
    flat: Gray
    """The page as the face sees it: `WORK_DPI`, even light, off the scan 255."""
    scan_per_feature_px: float
    """Pixels of the scan to one pixel at the feature resolution."""
    scan_shape: tuple[int, int]
    """Height and width of the scan in its own px."""

    def to_scan(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """N x 2 mm on the upright form page to x, y px on the page as it came out of the file."""
        per_mm = FEATURE_DPI / MM_PER_INCH
        return self.mesh.carry(np.asarray(points_mm, np.float64) * per_mm) * self.scan_per_feature_px

    def box_on_scan(self, box: Box) -> NDArray[np.float64]:
        """The four corners of a box in mm, clockwise from the top left, as px on the scan."""
        x0, y0, x1, y1 = box
        return self.to_scan(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64))

    def uneven(self, box: Box) -> bool:
        """Whether the feeder jerked in or by a box in mm: what seems to stand there may be print, or some is gone."""
        x0, y0, x1, y1 = box
        return self.mesh.uneven(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) * (FEATURE_DPI / MM_PER_INCH))

    def on_scan(self, boxes: Sequence[Box]) -> NDArray[np.float64]:
        """Share of each box, in mm, that the scan covers."""
        if not boxes:
            return np.empty(0)
        corners = np.array(boxes, np.float64)
        steps = np.linspace(0, 1, 5)
        x = corners[:, None, None, 0] + (corners[:, 2] - corners[:, 0])[:, None, None] * steps[None, None, :]
        y = corners[:, None, None, 1] + (corners[:, 3] - corners[:, 1])[:, None, None] * steps[None, :, None]
        x, y = np.broadcast_arrays(x, y)
        at = self.to_scan(np.stack([x.ravel(), y.ravel()], axis=-1))
        height, width = self.scan_shape
        inside = ((at >= 0) & (at <= (width, height))).all(axis=1)
        return np.asarray(inside.reshape(len(boxes), -1).mean(axis=1), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class RunPage:
    """One page of the scan."""

    reading: PageReading
    registered: RegisteredPage | None = field(default=None, repr=False)
    """None: no page of a known form."""
    crowded: bool = False
    """The picture seems to hold more than the form's page: a person should look for a second paper."""

    @property
    def broken(self) -> bool:
        """Whether the feeder did not pull it in one piece, and it was put together again."""
        return self.registered is not None and self.registered.mesh.feed is not None


@dataclass(frozen=True, slots=True, eq=False)
class DocumentRun:
    """Pages of one scan that belong together."""

    kind: Kind
    pages: tuple[RunPage, ...]
    attached_to: int | None = None
    """For an attachment: index of its form among the runs of this scan."""
    definition: Definition | None = None
    same_face: tuple[EditionName, ...] = ()
    """Others that this scan cannot be told from."""
    confidence: float = 0.0
    mixed: bool = False
    """The scan holds several copies of the form, and a page here may belong to another of them."""
