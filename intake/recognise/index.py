"""The catalogue ready for looking things up: each face once, and a shortlist of the faces that a page could have.

Key points vote for the faces that have one like them. Descriptors are filed under several short keys, each made of a
fixed choice of their bits (locality-sensitive hashing): two views of one printed spot share some keys, chance hardly
any. Keys that many spots share say little and count little. Votes for a face count only as far as they agree on how the
page is turned. The work for one page hardly grows with the catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from intake.forms.face import Face, load_face_file
from intake.forms.features import COLUMNS, ROWS, Features
from intake.forms.model import Definition

TABLES = 8
BITS = 16
_CROWD = 128  # a key with more spots than this is as common as a letter's corner: it votes for nobody
_TURNS = 16  # the page's turn is told in this many steps
_LEAST_SPOTS = 300  # a nearly empty face does not win by having few spots
_SPOTS = 500  # of each face its strongest points are filed, and of a page so many vote
_BYTES = np.stack([np.random.default_rng(table).permutation(32)[:2] for table in range(TABLES)])


def keys_of(descriptors: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """`TABLES` x n keys: two of the 32 bytes each."""
    return np.stack([np.ascontiguousarray(descriptors[:, chosen]).view("<u2").ravel() for chosen in _BYTES])


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """All key points of a catalogue, filed by key."""

    faces: int
    starts: NDArray[np.int32]
    """`TABLES` x (2 ** `BITS` + 1): where each key's spots begin in `owners`."""
    owners: NDArray[np.uint16]
    """`TABLES` x spots: the face each belongs to."""
    angles: NDArray[np.uint8]
    """`TABLES` x spots: how each is turned, in 1/256 turns."""
    sizes: NDArray[np.float32]
    """Square root of each face's number of spots."""

    @classmethod
    def of(cls, faces: Sequence[Features]) -> "Shortlist":
        """Files the key points of `faces` (at most 65,535 faces)."""
        faces = [face.strongest(_SPOTS) for face in faces]
        counts = np.array([len(f) for f in faces], np.int64)
        all_descriptors = np.concatenate([f.descriptors for f in faces]) if len(faces) else np.empty((0, 32), np.uint8)
        owner = np.repeat(np.arange(len(faces), dtype=np.uint16), counts)
        keys = keys_of(all_descriptors)
        starts = np.zeros((TABLES, (1 << BITS) + 1), np.int32)
        owners, angles = np.empty(keys.shape, np.uint16), np.empty(keys.shape, np.uint8)
        angle = np.concatenate([f.angles for f in faces]) if len(faces) else np.empty(0, np.uint8)
        for table in range(TABLES):
            order = np.argsort(keys[table], kind="stable")
            owners[table], angles[table] = owner[order], angle[order]
            starts[table, 1:] = np.cumsum(np.bincount(keys[table], minlength=1 << BITS))
        sizes = np.sqrt(np.maximum(counts, _LEAST_SPOTS)).astype(np.float32)
        return cls(len(faces), starts, owners, angles, sizes)

    def votes(self, features: Features) -> NDArray[np.float32]:
        """The share of the page that each face has; comparable between faces of one page only."""
        total = np.zeros(self.faces * _TURNS, np.float64)
        if not len(features) or not self.faces:
            return np.zeros(self.faces, np.float32)
        features = features.strongest(_SPOTS + _SPOTS // 5)
        keys = keys_of(features.descriptors).astype(np.int64)
        for table in range(TABLES):
            first = self.starts[table][keys[table]]
            count = self.starts[table][keys[table] + 1] - first
            use = np.flatnonzero((count > 0) & (count <= _CROWD))
            if not len(use):
                continue
            first, count = first[use], count[use]
            skipped = np.repeat(np.cumsum(count) - count, count)
            spots = np.arange(count.sum()) - skipped + np.repeat(first, count)
            turn = np.repeat(features.angles[use], count) - self.angles[table][spots]  # wraps, as turns do
            place = self.owners[table][spots].astype(np.int64) * _TURNS + turn // (256 // _TURNS)
            total += np.bincount(place, np.repeat(1 / np.sqrt(count), count), len(total))
        by_turn = total.reshape(self.faces, _TURNS)
        agreed = by_turn + np.maximum(np.roll(by_turn, 1, axis=1), np.roll(by_turn, -1, axis=1))
        return np.asarray(agreed.max(axis=1) / self.sizes, np.float32)


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page of a form that has a face."""

    definition: int
    """Index in `Index.definitions`."""
    page: int
    """1-based page of that form."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """All faces of the forms that may be handed in."""

    definitions: tuple[Definition, ...]
    faces: tuple[Face, ...]
    """Each face once."""
    form_pages: tuple[tuple[FormPage, ...], ...]
    """For each face, the form pages that have it."""
    shortlist: Shortlist
    thumbnails: NDArray[np.float32]
    """Faces x numbers: the thumbnail of each face."""

    @classmethod
    def of(cls, definitions: Sequence[Definition]) -> "Index":
        """Loads the faces of `definitions`. Raises BadFile if a face file is missing or damaged."""
        return cls.from_faces(definitions, [load_face_file(d.face) for d in definitions])

    @classmethod
    def from_faces(cls, definitions: Sequence[Definition], faces: Sequence[Sequence[Face]]) -> "Index":
        """The index of `definitions` whose pages look like `faces`, in the same order."""
        known: dict[bytes, int] = {}
        unique: list[Face] = []
        form_pages: list[list[FormPage]] = []
        for definition, pages in enumerate(faces):
            for page, face in enumerate(pages, 1):
                number = known.setdefault(face.packed, len(unique))
                if number == len(unique):
                    unique.append(face)
                    form_pages.append([])
                form_pages[number].append(FormPage(definition, page))
        shortlist = Shortlist.of([face.features for face in unique])
        thumbnails = (
            np.stack([face.thumbnail for face in unique]) if unique else np.empty((0, COLUMNS * ROWS), np.float32)
        )
        return cls(tuple(definitions), tuple(unique), tuple(tuple(s) for s in form_pages), shortlist, thumbnails)

    def face_of(self, definition: int, page: int) -> int:
        """The number of the face of a form's page. Raises KeyError."""
        for number, form_pages in enumerate(self.form_pages):
            if FormPage(definition, page) in form_pages:
                return number
        raise KeyError((definition, page))

    def other_editions(self, face: int) -> list[int]:
        """The faces that other editions of a face's form have on the same page: the likeliest look-alikes there are."""
        names = {(self._name(spot.definition), spot.page) for spot in self.form_pages[face]}
        return [
            number
            for number, spots in enumerate(self.form_pages)
            if number != face and any((self._name(spot.definition), spot.page) in names for spot in spots)
        ]

    def _name(self, definition: int) -> tuple[str, str]:
        return self.definitions[definition].form, self.definitions[definition].language

    def preference(self, definition: int) -> tuple[date, str, int]:
        """The key by which one of several forms is taken that cannot be told apart: the newest."""
        d = self.definitions[definition]
        return (d.valid_from or date.min, d.edition, -definition)
