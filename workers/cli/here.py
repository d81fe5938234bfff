"""The point in whose folder a verb is run, if there is one, and the forms that the verb then knows."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.base.errors import NotFound, VireilleError, WrongUse
from intake.base.settings import Forms, Settings, load_settings

if TYPE_CHECKING:
    from intake.forms.model import Definition

HERE = Path("vireille.toml")
FilingArgument = Annotated[str, typer.Argument(help="The filing's id, as 'vireille status' lists it.")]
FormsOption = Annotated[list[Path] | None, typer.Option("--forms", help="A further folder of forms; may be repeated.")]
PointOption = Annotated[
    Path | None,
    typer.Option("--config", help="The point whose own forms count too; default: the one in this folder, if any."),
]


def called() -> str:
    """The command as this shell finds it: `vireille` where it is on the path, else where it lies."""
    started = Path(sys.argv[0])
    found = shutil.which("vireille")
    if started.name != "vireille" or (found and Path(found).resolve() == started.resolve()):
        return "vireille"
    beside = started.absolute()
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


def require_files(*paths: Path) -> None:
    """Raises NotFound for the first that is not there: a mistyped name is told by that name, before any work."""
    for path in paths:
        if not path.exists():
            raise NotFound(f"{path}: no such file")


def point_here(config: Path | None) -> Settings | None:
    """The settings named, or those in this folder; None where there are none. Raises BadFile."""
    return None if config is None and not HERE.is_file() else load_settings(config or HERE)


def known_forms(config: Path | None, forms: Sequence[Path] | None, *, only: bool = False) -> "tuple[Definition, ...]":
    """All editions of the built-in catalogue, of the point's own folders and of `forms`; `only`: of `forms` alone.

    Raises WrongUse for a folder that is not there, BadFile for what cannot be read.
    """
    from intake.forms.load import BUILTIN, load_catalogue

    for folder in forms or ():
        if not folder.is_dir():
            raise WrongUse(f"{folder}: no such folder of forms; name one made by 'vireille forms add'")
    settings = None if only else point_here(config)
    point = Forms(builtin=not only) if settings is None else settings.forms
    builtin = (BUILTIN,) if point.builtin else ()
    return load_catalogue((*builtin, *point.directories, *(forms or ())))


def remarks(settings: Settings | None, provider: str, into: Path) -> list[str]:
    """The obstacles that keep a point from using forms added to `into` for `provider`; [] where there are none."""
    said = []
    folders = settings.forms.directories if settings is not None else ()
    if not any(into.resolve().is_relative_to(folder.resolve()) for folder in folders):
        file = HERE if settings is None else settings.file
        named = ", ".join(f'"{folder}"' for folder in (*folders, into.absolute()))
        said.append(f"a point knows these forms once its {file} says, under [forms]: directories = [{named}]")
    if settings is not None and settings.providers is not None:
        said += _unknown_provider(settings.providers.directory, provider)
    return said


def _unknown_provider(folder: Path, provider: str) -> list[str]:
    from routing_rules.providers import load_providers

    try:
        known = load_providers(folder)
    except VireilleError as error:
        return [error.message]
    if provider in known:
        return []
    return [
        f"this point knows no authority '{provider}', only {', '.join(known)}: its papers would be held; add "
        f"{folder / provider}.toml, or mend `provider` in the definition"
    ]
