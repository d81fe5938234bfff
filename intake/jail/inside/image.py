"""Image files to gray pages: TIFF, JPEG, PNG, GIF and WebP with all their frames, and BMP.

Promises: sizes are judged from the header before anything is decoded; a cut file is `damaged`, never a shorter one,
and data that a decoder would fill in is missed here.
"""

import io
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from intake.jail.inside import jpeg, lengths, tiff
from intake.jail.inside.opened import Opened, Page, Unfit, check_px, sane_dpi, square
from intake.jail.limits import Limits

_DEEP = {"I;16", "I;16L", "I;16B", "I;16N", "I", "F"}
_CM_PER_INCH = 2.54
_ORIENTATION, _UPRIGHT = 0x0112, 1
_ORIENTATION_TURNED = {5, 6, 7, 8}
_BAD_FILE = (OSError, SyntaxError, ValueError, EOFError, struct.error, LookupError, TypeError, ArithmeticError)
"""What Pillow's plugins raise on rubbish."""


def open_image(file: BinaryIO, kind: str, limits: Limits) -> Opened:
    """An image file of the given Pillow format. Raises Unfit."""
    if kind == "TIFF":
        found = tiff.frames(file, limits)
        return Opened(len(found), _tiff_pages(file, found, limits))
    if kind == "JPEG":
        return _open_jpeg(jpeg.with_height(file.read()), limits)
    image = open_one(file, kind, limits)
    if kind == "PNG":
        lengths.check_png(file)
    elif kind == "GIF":
        file.seek(0)
        lengths.check_gif(file.read())
    places = _frames(image, limits)
    return Opened(len(places), _pages(image, places, limits, partial(_png, file) if kind == "PNG" else None))


def _open_jpeg(data: bytes, limits: Limits) -> Opened:
    image = open_one(io.BytesIO(data), "JPEG", limits)
    places = _frames(image, limits)
    return Opened(len(places), _pages(image, places, limits, partial(_jpeg, data)))


def _frames(image: Image.Image, limits: Limits) -> list[int]:
    """The numbers of the frames that are pages; a phone's small copy beside its picture is none."""
    shown = [0]
    size = image.size
    try:
        while getattr(image, "is_animated", False):
            image.seek(shown[-1] + 1 if image.format != "MPO" else image.tell() + 1)
            if image.format == "MPO" and image.width < size[0] and image.height < size[1]:
                continue
            shown.append(image.tell())
            if len(shown) > limits.pages:
                raise Unfit("too_large")
    except EOFError:
        image.seek(0)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unfit("too_large") from error
    except _BAD_FILE as error:
        raise Unfit("damaged") from error
    return shown


def _tiff_pages(file: BinaryIO, found: tuple[tiff.Frame, ...], limits: Limits) -> Iterator[Page]:
    image: Image.Image | None = None
    for frame in found:
        alone = tiff.old_jpeg(file, frame)
        if alone is not None:
            yield from _open_jpeg(alone, limits).pages
            continue
        image = image or open_one(file, "TIFF", limits)
        yield from _pages(image, [frame.number], limits, partial(_tiff, file, frame))


def open_one(file: BinaryIO, kind: str, limits: Limits) -> Image.Image:
    """The header of one image, sizes checked, nothing decoded. Raises Unfit."""
    Image.MAX_IMAGE_PIXELS = limits.page_px
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(file, formats=(kind,))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unfit("too_large") from error
    except UnidentifiedImageError as error:
        raise Unfit("damaged") from error
    except _BAD_FILE as error:
        raise Unfit("damaged") from error
    check_px(*image.size, limits)
    return image


def _pages(
    image: Image.Image,
    frames: Sequence[int],
    limits: Limits,
    decoded: Callable[[Image.Image], Image.Image] | None = None,
) -> Iterator[Page]:
    """Each frame in turn, as `decoded` makes it; by Pillow where nothing is given."""
    for frame in frames:
        try:
            if frame != image.tell():
                image.seek(frame)
            check_px(*image.size, limits)
            dpi_x, dpi_y = _dpi(image)
            gray = (decoded or to_gray)(image)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise Unfit("too_large") from error
        except _BAD_FILE as error:
            raise Unfit("damaged") from error
        gray, dpi = square(gray, dpi_x, dpi_y, limits)
        yield Page(gray, sane_dpi(*gray.size, dpi))


def _tiff(file: BinaryIO, frame: tiff.Frame, image: Image.Image) -> Image.Image:
    image.load()
    tiff.check_strips(file, frame, image)
    return to_gray(image)


def _png(file: BinaryIO, image: Image.Image) -> Image.Image:
    image.load()
    if image.tell() == 0:
        lengths.check_png_rows(file, image)
    return to_gray(image)


def _jpeg(data: bytes, image: Image.Image) -> Image.Image:
    """A JPEG's frame, decoded strictly; `image` knows where it is and how it is turned."""
    data = data[getattr(image, "offset", 0) :] if image.format == "MPO" else data
    if image.mode not in {"L", "RGB"}:
        jpeg.check(data)
        return to_gray(image)
    gray = jpeg.decoded(data)
    gray.getexif().update(image.getexif())
    return _upright(gray)


def _dpi(image: Image.Image) -> tuple[float, float]:
    """What the file says, across and down as the page will be turned; zeros where it says nothing."""
    found = image.info.get("dpi")
    try:
        dpi_x, dpi_y = (float(found[0]), float(found[1])) if isinstance(found, tuple) else (0.0, 0.0)
        turned = image.getexif().get(_ORIENTATION) in _ORIENTATION_TURNED
    except _BAD_FILE:
        return 0.0, 0.0
    return (dpi_y, dpi_x) if turned else (dpi_x, dpi_y)


def to_gray(image: Image.Image) -> Image.Image:
    """Mode L, transparency over white, turned as its EXIF orientation says. Raises what Pillow raises."""
    image.load()
    image = _upright(image)
    if image.mode in _DEEP:
        return _shallow(image)
    if "transparency" in image.info or image.mode in {"RGBA", "LA", "PA", "La", "RGBa"}:
        layer = image if image.mode == "RGBA" else image.convert("RGBA")
        page = Image.new("L", layer.size, 255)
        page.paste(layer.convert("L"), mask=layer.getchannel("A"))  # a third of the memory of composing in colour
        return page
    if image.mode in {"CMYK", "LAB", "HSV", "P"}:
        return image.convert("RGB").convert("L") if image.mode != "LAB" else image.getchannel(0)
    return image.convert("L")


def _upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF orientation says; itself, for Pillow would copy it, where it is upright already."""
    upright = image.getexif().get(_ORIENTATION, _UPRIGHT) == _UPRIGHT
    return image if upright else ImageOps.exif_transpose(image)


def _shallow(image: Image.Image) -> Image.Image:
    """8 bits out of 16 or 32: the scale is taken from the mode, or from the data where the mode leaves it open."""
    wide = image if image.mode in {"I", "F"} else image.convert("I")
    low, high = wide.getextrema()
    if not isinstance(high, int | float) or not isinstance(low, int | float):
        raise TypeError("one channel was expected")
    top = 65535.0
    if image.mode == "F" and high <= 1:
        top = 1.0
    elif image.mode in {"I", "F"} and high <= 255:
        top = 255.0
    elif high > top:
        top = float(high)
    scaled = wide.convert("F").point(lambda value: value * (255.0 / top) + 0.0)
    return scaled.convert("L")


def warm_up() -> None:
    """Load the plugins and the codecs."""
    Image.preinit()
    for kind in ("TIFF", "PNG", "JPEG", "WEBP"):
        buffer = io.BytesIO()
        Image.new("L", (8, 8), 255).save(buffer, kind)
        buffer.seek(0)
        to_gray(Image.open(buffer, formats=(kind,)))
