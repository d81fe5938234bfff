"""The catalogue ready for looking things up: each face once, however many editions share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from intake.forms.face import Face, load_face_file
from intake.forms.model import Definition
from intake.forms.thumbnail import COLUMNS, ROWS
from intake.recognise.shortlist import Shortlist


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
