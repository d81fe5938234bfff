"""Does fax data (CCITT group 3 and 4) hold all the rows of its picture. Decoders stop early and leave the rest white.

Group 4 is checked at its end: a row that equals the row above is coded as one 1-bit for each of its edges and one more,
so the rows that repeat at the picture's foot must stand as that many 1-bits before the end mark, no fewer and not many
more. Rows that a decoder left white, or read from noise, do not add up. Group 3 is checked by counting its end-of-line
marks.
"""

import re

from PIL import Image

_END_OF_BLOCK = "000000000001" * 2
_LINE = re.compile("0{11,}1")
_NO_CODE = "0" * 11
"""No two codes make as many zeros in a row; a hole does."""
_END_BYTES = 64
_ROWS_AT_A_TIME = 64
_SLACK = 8
"""1-bits that the last code before the repeating rows may end in."""
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def reversed_bits(data: bytes) -> bytes:
    """The bytes with their lowest bit first (TIFF's FillOrder 2)."""
    return data.translate(_REVERSED)


def group4_is_whole(data: bytes, image: Image.Image, rows: range, ground: int | None) -> bool:
    """Whether `data` ends where these rows of the image end; it is of black and white alone.

    `ground`: 0 or 255, with which a row begins as far as the code is concerned (its "white"); None where either may be.
    """
    repeated, last = _foot(image, rows)
    fewest = _edges(last) + (ground is not None and last[0] != ground) + 1
    most = (repeated + 1) * (fewest + (ground is None)) + _SLACK
    data = data.rstrip(b"\0")
    bits = _bits(data[-(most // 8) - _END_BYTES :])
    if bits.find(_END_OF_BLOCK) < most:
        bits = _bits(data)  # more follows it, as where a strip says no length; or there is none
    end = bits.find(_END_OF_BLOCK)
    coded = bits[:end] if end >= 0 else bits
    if _NO_CODE in coded or (b"\0\0\0" in data and _NO_CODE in _bits(data).partition(_END_OF_BLOCK)[0]):
        return False
    return repeated * fewest <= len(coded) - len(coded.rstrip("1")) <= most


def _foot(image: Image.Image, rows: range) -> tuple[int, bytes]:
    """How many of the rows at the foot equal the one above, and the last row, a byte for each pixel."""
    image = image if image.mode in {"1", "L"} else image.convert("L")
    width, foot, repeated = image.width, rows.stop - 1, 0
    last = image.crop((0, foot, width, rows.stop)).tobytes("raw", "L")
    while foot > rows.start:
        top = max(rows.start, foot - _ROWS_AT_A_TIME)
        above = image.crop((0, top, width, foot)).tobytes("raw", "L")
        if above != last * (foot - top):
            while above[(foot - top - 1) * width : (foot - top) * width] == last:
                foot, repeated = foot - 1, repeated + 1
            break
        repeated, foot = repeated + foot - top, top
    return repeated, last


def group3_is_whole(data: bytes, height: int) -> bool:
    """Whether there are as many lines as rows; True for data that marks no lines."""
    bits = _bits(data)
    lines = sum(1 for part in _LINE.split(bits) if len(part) > 1)
    marks = len(_LINE.findall(bits))
    return marks < height // 2 or lines >= height


def _edges(row: bytes) -> int:
    """How often the colour changes along a row."""
    return row.count(b"\0\xff") + row.count(b"\xff\0")


def _bits(data: bytes) -> str:
    """All bits as text."""
    return bin(int.from_bytes(b"\x01" + data, "big"))[3:]
