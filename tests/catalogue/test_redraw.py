"""Drawing the catalogue again changes nothing, so the drawn files and their sources cannot drift apart."""

from pathlib import Path

import pytest

from intake.draw.__main__ import SOURCES, draw_catalogue
from intake.forms.load import BUILTIN

FEW = ("kela-y121", "dvv-nimi", "vero-7h")
EVERY = sorted(path.stem for path in SOURCES.rglob("*.toml"))


def drawn(folder: Path) -> dict[str, bytes]:
    """Every drawn file below `folder`: blanks, faces and definitions."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


@pytest.mark.parametrize(
    "forms", [pytest.param(FEW, id="a few"), pytest.param(EVERY, id="all", marks=pytest.mark.slow)]
)
def test_drawing_again_changes_nothing(forms: tuple[str, ...], tmp_path: Path) -> None:
    """The same source gives the same bytes, and nobody has edited what is drawn."""
    draw_catalogue(forms, into=tmp_path)

    again, kept = drawn(tmp_path), drawn(BUILTIN)
    assert again
    assert [name for name in again if again[name] != kept.get(name)] == []
    if len(forms) == len(EVERY):
        assert set(kept) == set(again)
