"""Finds the known editions that a new one cannot be told from, because all their pages are alike to the eye.

Uses recognition's own shortlist and its own eye for differences: what is said here is what will happen on a scan.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from intake.base.filing import EditionName
from intake.forms.face import Face, load_face_file
from intake.forms.model import Definition
from intake.recognise.index import Index
from intake.recognise.lookalikes import telling_spots

_NEAREST = 5
_LEAST_SHARE = 0.4
"""A look-alike's share of the page's key points, against the page's own."""


def name_of(definition: Definition) -> EditionName:
    """The name of an edition."""
    return EditionName(form=definition.form, edition=definition.edition, language=definition.language)


def find_lookalikes(
    new: Sequence[Definition], known: Sequence[Definition]
) -> dict[EditionName, tuple[EditionName, ...]]:
    """For each of `new`, those of `known` (and of `new`) that it cannot be told from. Raises BadFile for a bad face."""
    names = {name_of(one) for one in new}
    everybody = [*new, *(one for one in known if name_of(one) not in names)]
    faces = [load_face_file(one.face) for one in everybody]
    index = Index.from_faces(everybody, faces)
    return {
        name_of(one): tuple(
            name_of(everybody[other])
            for other in sorted(set(_candidates(index, faces[number], number)))
            if _alike(faces[number], faces[other])
        )
        for number, one in enumerate(new)
    }


def _candidates(index: Index, pages: Sequence[Face], number: int) -> Iterator[int]:
    """Definitions whose first page looks somewhat like this one's."""
    if not pages:
        return
    votes = index.shortlist.votes(pages[0].features)
    for look in np.argsort(-votes, kind="stable")[:_NEAREST].tolist():
        if votes[look] >= _LEAST_SHARE * float(votes.max()):
            first_pages = (known for known in index.form_pages[look] if known.page == 1)
            yield from (known.definition for known in first_pages if known.definition != number)


def _alike(pages: Sequence[Face], others: Sequence[Face]) -> bool:
    return len(pages) == len(others) and all(
        telling_spots(one, other) == () for one, other in zip(pages, others, strict=True)
    )
