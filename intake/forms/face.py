"""The face of a form's page: what it looks like blank, in the few forms that finding and reading it need.

A `.face` file holds the faces of all pages of one blank: size, a picture at the working resolution (16 greys,
deflated), and key points. Pictures are unpacked only when a page is compared, so that a catalogue of a thousand pages
loads in a second. The layout is in FACES.md.
"""

import json
import struct
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from intake.base.errors import BadFile
from intake.forms.even_light import FEATURE_DPI, WORK_DPI, at_resolution, even_light
from intake.forms.features import COLUMNS, ROWS, Features, Thumbnail, find_features, thumbnail, unit
from intake.forms.rendered_blank import Bits, draw_blank
from intake.jail.pixels import Gray

MAGIC = b"VFACE1\n"
KEEP = 1000
_THUMBNAIL_STEPS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One printed page of a blank form."""

    width_mm: float
    height_mm: float
    features: Features
    packed: bytes = field(repr=False)
    """Deflated picture: two 4-bit greys to the byte."""
    shape: tuple[int, int] = (0, 0)
    """Height and width of the picture in px at `WORK_DPI`."""
    thumbnail: Thumbnail = field(default_factory=lambda: np.zeros(COLUMNS * ROWS, np.float32), repr=False)
    """Where the ink is, for the shortlist."""
    packed_extra: bytes = field(default=b"", repr=False)
    """Deflated bits: where the fields themselves may be drawn (frames, arrows), which some print and some do not."""

    @property
    def gray(self) -> Gray:
        """The blank page at `WORK_DPI`, paper 255; unpacked on demand and kept for a while."""
        return _unpack(self.packed, self.shape)

    @property
    def extra(self) -> Bits:
        """Where frames of fields may be printed or not, as the viewer pleases."""
        return _unpack_bits(self.packed_extra, self.shape)

    @property
    def small(self) -> Gray:
        """The blank page at `FEATURE_DPI`."""
        return _small(self.packed, self.shape)


@lru_cache(maxsize=24)
def _small(packed: bytes, shape: tuple[int, int]) -> Gray:
    return at_resolution(_unpack(packed, shape), WORK_DPI, FEATURE_DPI)[0]


@lru_cache(maxsize=24)
def _unpack_bits(packed: bytes, shape: tuple[int, int]) -> Bits:
    if not packed:
        return np.zeros(shape, np.bool_)
    bits = np.unpackbits(np.frombuffer(zlib.decompress(packed), np.uint8), count=shape[0] * shape[1])
    return bits.reshape(shape).astype(np.bool_)


@lru_cache(maxsize=24)
def _unpack(packed: bytes, shape: tuple[int, int]) -> Gray:
    halves = np.frombuffer(zlib.decompress(packed), np.uint8)
    greys = np.empty((len(halves), 2), np.uint8)
    np.right_shift(halves, 4, out=greys[:, 0])
    np.bitwise_and(halves, 15, out=greys[:, 1])
    gray = (greys.ravel()[: shape[0] * shape[1]] * np.uint8(17)).reshape(shape)
    gray.setflags(write=False)
    return gray


def _pack(gray: Gray) -> bytes:
    greys = ((gray.astype(np.uint16) + 8) // 17).astype(np.uint8).ravel()
    if len(greys) % 2:
        greys = np.append(greys, np.uint8(15))
    return zlib.compress(((greys[0::2] << 4) | greys[1::2]).tobytes(), 9)


def face_of(gray: Gray, *, width_mm: float, height_mm: float, extra: Bits | None = None) -> Face:
    """The face of a blank page given as pixels at `WORK_DPI`, and where its fields may be drawn."""
    even = even_light(gray)
    small, _ = at_resolution(even, WORK_DPI, FEATURE_DPI)
    features = find_features(small, keep=KEEP)
    bits = b"" if extra is None or not extra.any() else zlib.compress(np.packbits(extra).tobytes(), 9)
    return Face(
        width_mm, height_mm, features, _pack(even), (even.shape[0], even.shape[1]), _coarse(thumbnail(small)), bits
    )


def _coarse(exact: Thumbnail) -> Thumbnail:
    """As it comes back from a file."""
    return unit(np.round(exact * _THUMBNAIL_STEPS))


def make_face_file(blank: Path) -> bytes:
    """The bytes of the `.face` file of a blank PDF. Raises BadFile."""
    return pack_faces(tuple(face_of(p.gray, width_mm=p.width_mm, height_mm=p.height_mm, extra=p.extra)
                            for p in draw_blank(blank)))  # fmt: skip


def pack_faces(faces: tuple[Face, ...]) -> bytes:
    """Faces as the bytes of a `.face` file."""
    heads: list[dict[str, object]] = []
    bodies: list[bytes] = []
    for face in faces:
        features = face.features
        parts = (
            face.packed,
            np.round(features.points * 16).astype("<u2").tobytes(),
            features.angles.tobytes(),
            features.descriptors.tobytes(),
            face.packed_extra,
            np.round(face.thumbnail * _THUMBNAIL_STEPS).astype("<i2").tobytes(),
        )
        heads.append(
            {
                "mm": [face.width_mm, face.height_mm],
                "shape": list(face.shape),
                "points": len(features),
                "picture": len(face.packed),
                "extra": len(face.packed_extra),
                "glance": len(face.thumbnail),
            }
        )
        bodies.extend(parts)
    body = b"".join(bodies)
    head = json.dumps({"pages": heads, "crc": zlib.crc32(body)}).encode()
    return MAGIC + struct.pack("<I", len(head)) + head + body


def load_face_file(path: Path) -> tuple[Face, ...]:
    """The faces in a `.face` file, one per page of the form, pictures still packed. Raises BadFile."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(path, "cannot be read") from error
    if not data.startswith(MAGIC):
        raise BadFile(path, "is no face file of this version; make it again with `forms add`")
    try:
        return _unpack_faces(data)
    except (struct.error, KeyError, ValueError, TypeError) as error:
        raise BadFile(path, "is damaged; make it again with `forms add`") from error


def _unpack_faces(data: bytes) -> tuple[Face, ...]:
    start = len(MAGIC) + 4
    (length,) = struct.unpack_from("<I", data, len(MAGIC))
    head = json.loads(data[start : start + length])
    at = start + length
    if zlib.crc32(memoryview(data)[at:]) != head["crc"]:
        raise ValueError("checksum")
    faces = []
    for page in head["pages"]:
        count, picture = page["points"], page["picture"]
        packed = data[at : at + picture]
        at += picture
        points = np.frombuffer(data, "<u2", count * 2, at).reshape(count, 2).astype(np.float32) / np.float32(16)
        at += count * 4
        angles = np.frombuffer(data, np.uint8, count, at).copy()
        at += count
        descriptors = np.frombuffer(data, np.uint8, count * 32, at).reshape(count, 32).copy()
        at += count * 32
        extra = data[at : at + page["extra"]]
        at += page["extra"]
        shape = (page["shape"][0], page["shape"][1])
        numbers = unit(np.frombuffer(data, "<i2", page["glance"], at))
        at += 2 * page["glance"]
        features = Features(points, angles, descriptors)
        faces.append(Face(page["mm"][0], page["mm"][1], features, packed, shape, numbers, extra))
    return tuple(faces)
