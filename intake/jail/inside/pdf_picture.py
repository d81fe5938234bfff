"""Is a PDF page nothing but one picture? Then which, and how is it laid on the page.

Says yes only where nothing else could be seen: one image object, no mask, no clip that hides part of it, no drawn
text, no annotation with a look of its own, laid straight, edge to edge.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image
from pypdf.generic import DictionaryObject

from intake.jail.inside.pdf_objects import array_at, dictionaries, inherited, name_at, number_at, value_at

_MOST_OBJECTS = 20_000
_EDGE = 0.01
"""How far, in parts of the page, a picture's edge may lie from the page's."""
_RIGHT_ANGLE = 1e-3
_MASKS = ("/SMask", "/Mask", "/ImageMask", "/OC", "/Alternates")
_TURNS: dict[tuple[bool, int, int], Image.Transpose | None] = {
    (True, 1, 1): None,
    (True, -1, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (True, 1, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (True, -1, -1): Image.Transpose.ROTATE_180,
    (False, 1, -1): Image.Transpose.ROTATE_90,
    (False, -1, 1): Image.Transpose.ROTATE_270,
    (False, 1, 1): Image.Transpose.TRANSVERSE,
    (False, -1, -1): Image.Transpose.TRANSPOSE,
}
"""Whether the picture lies along the page, signs of its matrix' two entries: what Pillow must do to it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The one image of a page and its place."""

    source: pypdfium2.PdfImage
    turn: Image.Transpose | None
    width_points: float
    height_points: float
    jpeg: bool
    """Whether its data is a plain JPEG, to be decoded without pdfium."""


def pictures(sheet: pypdfium2.PdfPage) -> Iterator[pypdfium2.PdfImage]:
    """All image objects of a page, those in forms too."""
    for found in sheet.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
        if isinstance(found, pypdfium2.PdfImage):
            yield found


def only_picture(sheet: pypdfium2.PdfPage, dictionary: DictionaryObject) -> Picture | None:
    """The picture that is the whole page, or None."""
    source = _only_image(sheet)
    if source is None or _has_look(dictionary) or not _covers_clip(source, sheet):
        return None
    known = _described(source, dictionary)
    if known is None:
        return None
    matrix = source.get_matrix()
    a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
    along = abs(b) <= _RIGHT_ANGLE * abs(a) and abs(c) <= _RIGHT_ANGLE * abs(d)
    across = abs(a) <= _RIGHT_ANGLE * abs(b) and abs(d) <= _RIGHT_ANGLE * abs(c)
    if along == across:
        return None
    first, second = (a, d) if along else (b, c)
    if not first or not second or not _covers_page(source.get_bounds(), sheet):
        return None
    turn = _TURNS[along, 1 if first > 0 else -1, 1 if second > 0 else -1]
    width, height = (abs(a), abs(d)) if along else (abs(c), abs(b))
    jpeg = source.get_filters() == ["DCTDecode"] and "/Decode" not in known
    return Picture(source, turn, width, height, jpeg)


def _only_image(sheet: pypdfium2.PdfPage) -> pypdfium2.PdfImage | None:
    """The page's one visible object, if it is an image."""
    only: pypdfium2.PdfImage | None = None
    for number, found in enumerate(sheet.get_objects(max_depth=1)):
        if isinstance(found, pypdfium2.PdfImage):
            if only is not None:
                return None
            only = found
        elif found.type != pdfium.FPDF_PAGEOBJ_TEXT or number > _MOST_OBJECTS or not _invisible(found):
            return None
    if only is None or pdfium.FPDFPageObj_HasTransparency(only):
        return None
    return only


def _invisible(text: pypdfium2.PdfObject) -> bool:
    """Text of render mode 3: what a text recogniser lays under or over a scan."""
    return bool(pdfium.FPDFTextObj_GetTextRenderMode(text) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def _has_look(page: DictionaryObject) -> bool:
    """Whether an annotation could be seen; plain links cannot."""
    return any(
        name_at(annotation, "/Subtype") != "/Link" or "/AP" in annotation
        for annotation in dictionaries(array_at(page, "/Annots"))
    )


def has_widgets(page: DictionaryObject) -> bool:
    """Whether a form's field with a look of its own lies on the page."""
    return any(
        name_at(annotation, "/Subtype") == "/Widget" and "/AP" in annotation
        for annotation in dictionaries(array_at(page, "/Annots"))
    )


def _described(source: pypdfium2.PdfImage, page: DictionaryObject) -> DictionaryObject | None:
    """The image's own dictionary, if every image of that size among the page's resources is plain."""
    resources = inherited(page, "/Resources")
    if not isinstance(resources, DictionaryObject):
        return None
    held = value_at(resources, "/XObject")
    if not isinstance(held, DictionaryObject):
        return None
    alike: list[DictionaryObject] = []
    for name in held:
        item = value_at(held, name)
        if not isinstance(item, DictionaryObject) or name_at(item, "/Subtype") != "/Image":
            continue
        if (number_at(item, "/Width", 0), number_at(item, "/Height", 0)) == tuple(source.get_px_size()):
            alike.append(item)
    if not alike or any(mask in item for item in alike for mask in _MASKS):
        return None
    return next((item for item in alike if "/Decode" in item), alike[0])


def _covers_page(bounds: tuple[float, float, float, float], sheet: pypdfium2.PdfPage) -> bool:
    """Whether a box of points has its edges where the visible page has them."""
    box = _visible_box(sheet)
    width, height = box[2] - box[0], box[3] - box[1]
    near = (width * _EDGE, height * _EDGE) * 2
    return all(abs(edge - page) <= most for edge, page, most in zip(bounds, box, near, strict=True))


def _visible_box(sheet: pypdfium2.PdfPage) -> tuple[float, float, float, float]:
    """The part of the crop box that lies on the media box."""
    crop, media = sheet.get_cropbox(), sheet.get_mediabox()
    return max(crop[0], media[0]), max(crop[1], media[1]), min(crop[2], media[2]), min(crop[3], media[3])


def _covers_clip(source: pypdfium2.PdfImage, sheet: pypdfium2.PdfPage) -> bool:
    """Whether every clip on the image is a box that hides nothing of the page."""
    clip = pdfium.FPDFPageObj_GetClipPath(source)
    if not clip:
        return True
    left, bottom, right, top = _visible_box(sheet)
    near_x, near_y = (right - left) * _EDGE, (top - bottom) * _EDGE
    for path in range(max(0, pdfium.FPDFClipPath_CountPaths(clip))):
        points = _clip_points(clip, path)
        if len(points) not in (4, 5):
            return False
        xs, ys = {x for x, _ in points}, {y for _, y in points}
        if len(xs) != 2 or len(ys) != 2:
            return False
        if min(xs) > left + near_x or max(xs) < right - near_x or min(ys) > bottom + near_y or max(ys) < top - near_y:
            return False
    return True


def _clip_points(clip: object, path: int) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for number in range(min(6, max(0, pdfium.FPDFClipPath_CountPathSegments(clip, path)))):
        segment = pdfium.FPDFClipPath_GetPathSegment(clip, path, number)
        x, y = ctypes.c_float(), ctypes.c_float()
        if segment and pdfium.FPDFPathSegment_GetPoint(segment, x, y):
            points.append((round(x.value, 2), round(y.value, 2)))
    return points
