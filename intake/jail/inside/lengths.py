"""Is all the data of a picture there: kinds whose decoders forgive what is missing, walked or counted here.

PNG, GIF, JPEG 2000 and JBIG2. JPEG and fax data have files of their own. Each function raises Unfit("damaged").
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image

from intake.jail.inside.opened import Unfit

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: first column, first row, step of columns, step of rows."""
_STEP = 1 << 18
_GIF_MOST_BITS = 12
_UNKNOWN_LENGTH = 0xFFFFFFFF


def check_png(file: BinaryIO) -> None:
    """Every chunk's checksum is right, and the end chunk is there."""
    for _ in _png_chunks(file):
        pass
    file.seek(0)


def check_png_rows(file: BinaryIO, image: Image.Image) -> None:
    """The pixel data unpacks to every row. `image`: the first frame, decoded; the file is left where it was.

    A row that did not come is left zero. So a last row with anything in it came, and with it all before it; only
    where it is all zero, or the rows did not come in order, is the data unpacked once more to be counted.
    """
    width, height = image.size
    if not image.info.get("interlace") and any(image.crop((0, height - 1, width, height)).tobytes()):
        return
    back, wanted, unpacked, packed = file.tell(), 0, 0, zlib.decompressobj()
    for kind, data in _png_chunks(file):
        if kind == b"IHDR":
            wanted = _png_bytes(data)
        elif kind == b"IDAT" and not packed.eof:
            unpacked += _unpacked(packed, data, wanted - unpacked + 1)
    if unpacked < wanted:
        raise Unfit("damaged")
    file.seek(back)


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Kind and data of each chunk up to the end chunk, checksums compared. Raises Unfit."""
    file.seek(8)
    kind = b""
    while kind != b"IEND":
        head = file.read(8)
        if len(head) < 8:
            raise Unfit("damaged")
        length, kind = struct.unpack(">I4s", head)
        data = file.read(length)
        if file.read(4) != zlib.crc32(data, zlib.crc32(kind)).to_bytes(4, "big"):
            raise Unfit("damaged")
        yield kind, data


def _png_bytes(header: bytes) -> int:
    """How many bytes the rows come to, each with its filter's byte."""
    if len(header) != 13:
        raise Unfit("damaged")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = int(depth) * _CHANNELS.get(colour, 1)
    if not interlaced:
        return int(height) * (1 + (int(width) * bits + 7) // 8)
    total = 0
    for left, top, across, down in _PASSES:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _unpacked(packed: "zlib._Decompress", data: bytes, most: int) -> int:
    """How many bytes the data unpacks to, in steps that keep memory small; what is over `most` is not asked for."""
    total = 0
    try:
        while data and not packed.eof and total <= most:
            total += len(packed.decompress(data, _STEP))
            data = packed.unconsumed_tail
    except zlib.error as error:
        raise Unfit("damaged") from error
    return total


def check_gif(data: bytes) -> None:
    """Every frame's codes lead to all its pixels."""
    at = 13 + _colour_table(data[10:11])
    while (kind := data[at : at + 1]) != b";":
        if kind == b"!":
            at = _blocks(data, at + 2)[1]
        elif kind == b",":
            width, height = struct.unpack_from("<HH", data.ljust(at + 10, b"\0"), at + 5)
            at += 10 + _colour_table(data[at + 9 : at + 10])
            codes, following = _blocks(data, at + 1)
            if _gif_pixels(codes, data[at], width * height) < width * height:
                raise Unfit("damaged")
            at = following
        else:
            raise Unfit("damaged")


def _colour_table(flags: bytes) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _blocks(data: bytes, at: int) -> tuple[bytes, int]:
    """The data of a chain of blocks, and where it ends."""
    parts: list[bytes] = []
    while at < len(data):
        length = data[at]
        if at + 1 + length > len(data):
            break
        if not length:
            return b"".join(parts), at + 1
        parts.append(data[at + 1 : at + 1 + length])
        at += 1 + length
    raise Unfit("damaged")


def _gif_pixels(codes: bytes, least_bits: int, wanted: int) -> int:
    """How many pixels the codes stand for: the length of every code's string is known without its colours."""
    if not 1 <= least_bits <= 11:
        raise Unfit("damaged")
    clear, end = 1 << least_bits, (1 << least_bits) + 1
    lengths = [1] * (clear + 2)
    bits, pixels, previous = least_bits + 1, 0, 0
    held = held_bits = 0
    for byte in codes:
        held |= byte << held_bits
        held_bits += 8
        while held_bits >= bits:
            code = held & ((1 << bits) - 1)
            held >>= bits
            held_bits -= bits
            if code == clear:
                del lengths[clear + 2 :]
                bits, previous = least_bits + 1, 0
                continue
            if code == end or code > len(lengths) or (code == len(lengths) and not previous):
                return pixels
            length = lengths[code] if code < len(lengths) else previous + 1
            if previous and len(lengths) < 1 << _GIF_MOST_BITS:
                lengths.append(previous + 1)
                if len(lengths) == 1 << bits and bits < _GIF_MOST_BITS:
                    bits += 1
            pixels, previous = pixels + length, length
        if pixels >= wanted:
            return pixels
    return pixels


def check_jpeg2000(data: bytes) -> None:
    """The tile parts follow one another to the end mark."""
    at = data.find(b"\xff\x4f\xff\x51") + 2
    while at > 1 and at + 12 <= len(data):
        mark, length = struct.unpack_from(">HH", data, at)
        if mark == 0xFF90:  # a tile part: its length counts from its mark
            (length,) = struct.unpack_from(">I", data, at + 6)
            if length == 0:
                break  # it goes on to the end mark
            at += length
        else:
            at += 2 + length
        if data[at : at + 2] == b"\xff\xd9":
            return
    if at <= 1 or b"\xff\xd9" not in data[-4:]:
        raise Unfit("damaged")


def check_jbig2(data: bytes) -> None:
    """The segments of an embedded stream lie within it, one after the other."""
    at = 0
    while at < len(data.rstrip(b"\r\n")):
        if at + 11 > len(data):
            raise Unfit("damaged")
        number, flags, referred = struct.unpack_from(">IBB", data, at)
        count, at = referred >> 5, at + 6
        if count == 7:
            count = int.from_bytes(data[at - 1 : at + 3], "big") & 0x1FFFFFFF
            at += 3 + (count + 8) // 8
        at += count * (1 if number <= 256 else 2 if number <= 65536 else 4) + (4 if flags & 0x40 else 1)
        if at + 4 > len(data):
            raise Unfit("damaged")
        (length,) = struct.unpack_from(">I", data, at)
        if length == _UNKNOWN_LENGTH:
            return
        at += 4 + length
        if at > len(data):
            raise Unfit("damaged")
