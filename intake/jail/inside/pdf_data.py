"""Is everything there that a PDF page paints: its content, the objects that it names, every row of its pictures.

Viewers paint what they find and say nothing of the rest; here what is missing makes the file `damaged`.
"""

import re
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image
from pypdf.errors import PdfStreamError
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NameObject, StreamObject

from intake.jail.inside import fax, jpeg, lengths
from intake.jail.inside.opened import Unfit
from intake.jail.inside.pdf_objects import array_at, dictionary_at, inherited, name_of, number_at, value_at

_PAINTED = re.compile(rb"/([^\s\0/<>\[\](){}%]+)[\s\0]+Do(?![A-Za-z*])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_MOST_DEPTH = 20
_COMPONENTS = {"/DeviceRGB": 3, "/CalRGB": 3, "/Lab": 3, "/DeviceCMYK": 4}
_JPEG, _FAX, _JPEG2000, _JBIG2 = "DCTDecode", "CCITTFaxDecode", "JPXDecode", "JBIG2Decode"


class Painted:
    """What the content of a page paints, that of its forms too."""

    __slots__ = ("borrowed", "page", "pictures", "seen")

    def __init__(self, page: DictionaryObject) -> None:
        self.page = dictionary_at(page, "/XObject")
        """What the page's own resources hold: forms use it, too, where theirs lack a name."""
        self.pictures: list[DictionaryObject] = []
        self.borrowed: list[tuple[DictionaryObject, str]] = []
        """Names that a form took from the page, each with the form's own list, which lacks it."""
        self.seen: set[int] = set()


def painted(page: DictionaryObject) -> Painted:
    """All that the page paints. Raises Unfit when the content, or something that it names, is not in the file."""
    resources = inherited(page, "/Resources")
    found = Painted(resources if isinstance(resources, DictionaryObject) else DictionaryObject())
    for content in _contents(page):
        _collect(content, found.page, found, _MOST_DEPTH)
    return found


def lend(found: Painted) -> bool:
    """Enter what forms borrow in their own lists: pdfium leaves it out otherwise, other viewers do not (M9)."""
    for held, name in found.borrowed:
        held[NameObject(name)] = found.page.raw_get(name)
    return bool(found.borrowed)


def _contents(page: DictionaryObject) -> Iterator[StreamObject]:
    if "/Contents" not in page:
        return
    whole = value_at(page, "/Contents")
    for part in whole if isinstance(whole, ArrayObject) else [whole]:
        content = None if part is None else part.get_object()
        if not isinstance(content, StreamObject):
            raise Unfit("damaged")
        yield content


def _collect(content: StreamObject, held: DictionaryObject, found: Painted, depth: int) -> None:
    """`held`: the objects that the content may name."""
    try:
        words = content.get_data()
    except PdfStreamError:
        if "/LZWDecode" not in str(content.get("/Filter")):
            raise
        return  # pypdf does not read all of LZW; pdfium is left to judge
    for raw in set(_PAINTED.findall(words)):
        name = "/" + _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), raw).decode("utf-8", "replace")
        if not name.isascii() or "#" in name:
            continue  # written in a way that leaves room for guesses
        item = value_at(held, name)
        if item is None and name in found.page:
            item = value_at(found.page, name)
            found.borrowed.append((held, name))
        if not isinstance(item, StreamObject):
            raise Unfit("damaged")
        if id(item) in found.seen or depth == 0:
            continue
        found.seen.add(id(item))
        if name_of(value_at(item, "/Subtype")) == "/Image":
            found.pictures.append(item)
        elif name_of(value_at(item, "/Subtype")) == "/Form":
            theirs = dictionary_at(item, "/Resources")
            _collect(item, dictionary_at(theirs, "/XObject") if "/XObject" in theirs else found.page, found, depth - 1)


def check_picture(
    source: pypdfium2.PdfImage, painted: list[DictionaryObject], image: Image.Image | None = None
) -> None:
    """Raise Unfit unless the picture's data holds all its rows.

    `painted`: the pictures of its page; `image`: the picture as pdfium decodes it, where the caller has it.
    """
    width, height = source.get_px_size()
    filters = source.get_filters()
    last = filters[-1] if filters else ""
    alike = [
        item
        for item in painted
        if (number_at(item, "/Width", 0), number_at(item, "/Height", 0)) == (width, height)
        and _last_filter(item) == last
    ]
    if last not in {_JPEG, _FAX, _JPEG2000, _JBIG2}:
        # pixels as they are; of a large page's no copy is made to count them
        rows = min((_row_bytes(item, width) for item in alike), default=(width + 7) // 8) * height
        if pdfium.FPDFImageObj_GetImageDataDecoded(source, None, 0) < rows:
            raise Unfit("damaged")
        return
    data = bytes(source.get_data(decode_simple=True))
    if last == _JPEG:
        jpeg.check(ended(data))
    elif last == _JPEG2000:
        lengths.check_jpeg2000(data)
    elif last == _JBIG2:
        lengths.check_jbig2(data)
    elif alike and not _fax_is_whole(image or source.get_bitmap().to_pil(), data, alike[0]):
        raise Unfit("damaged")


def ended(data: bytes) -> bytes:
    """JPEG data with its end mark, which a PDF's stream may lack: its length says where it ends."""
    return data if b"\xff\xd9" in data[-64:] else data + b"\xff\xd9"


def _fax_is_whole(image: Image.Image, data: bytes, item: DictionaryObject) -> bool:
    """Judged where the parameters are the plain ones; fax data of another kind is left to its decoder."""
    parameters = value_at(item, "/DecodeParms")
    if isinstance(parameters, ArrayObject):
        parameters = parameters[-1].get_object() if parameters else None
    if not isinstance(parameters, DictionaryObject):
        parameters = DictionaryObject()
    width, height = image.size
    if number_at(parameters, "/Columns", 1728) != width or _is_true(parameters, "/EncodedByteAlign"):
        return True
    if number_at(parameters, "/K", 0) >= 0:
        return fax.group3_is_whole(data, height)
    turned = [number for number in array_at(item, "/Decode") if isinstance(number, int | float)][:1] == [1]
    ground = 0 if _is_true(parameters, "/BlackIs1") != turned else 255
    return fax.group4_is_whole(data, image, range(height), None if _is_true(item, "/ImageMask") else ground)


def _is_true(holder: DictionaryObject, key: str) -> bool:
    value = value_at(holder, key)
    return isinstance(value, BooleanObject) and bool(value.value)


def _last_filter(item: DictionaryObject) -> str:
    """The name of the filter that makes pixels, without its slash; empty where there is none."""
    found = value_at(item, "/Filter")
    if isinstance(found, ArrayObject):
        found = found[-1].get_object() if found else None
    return name_of(found).removeprefix("/")


def _row_bytes(item: DictionaryObject, width: int) -> int:
    """Bytes of one row, unpacked."""
    if _is_true(item, "/ImageMask"):
        return (width + 7) // 8
    bits = number_at(item, "/BitsPerComponent", 1)
    return (width * bits * _components(item) + 7) // 8


def _components(item: DictionaryObject) -> int:
    """Numbers for each pixel; 1 where the colour space is not one we know."""
    space = value_at(item, "/ColorSpace")
    if isinstance(space, ArrayObject) and space:
        kind = name_of(space[0].get_object())
        if kind == "/ICCBased" and len(space) > 1:
            profile = space[1].get_object()
            return number_at(profile, "/N", 1) if isinstance(profile, DictionaryObject) else 1
        if kind == "/DeviceN" and len(space) > 1:
            names = space[1].get_object()
            return len(names) if isinstance(names, ArrayObject) else 1
        return _COMPONENTS.get(kind, 1)
    return _COMPONENTS.get(name_of(space), 1)
