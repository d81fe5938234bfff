"""`inspect`: recognise, read and check files without storing anything; needs no point."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.base.errors import WrongUse
from workers.cli import show
from workers.cli.here import FormsOption, PointOption, known_forms, point_here, require_files

if TYPE_CHECKING:
    from intake.base.filing import Inspection


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("inspect")(inspect)


def parse_day(text: str | None) -> date:
    """A day as YYYY-MM-DD; today when there is none. Raises WrongUse."""
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"'{text}' is no day; write it as 2015-03-02") from error


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Scans: PDF, TIFF, JPEG, PNG.")],
    forms: FormsOption = None,
    only_forms: Annotated[
        bool, typer.Option("--only-forms", help="Leave out the built-in catalogue and a point's own forms.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The day that counts, YYYY-MM-DD; default today.")
    ] = None,
    no_values: Annotated[bool, typer.Option("--no-values", help="Judge ink only; read no values.")] = False,
    config: PointOption = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON list, one object a file.")] = False,
) -> None:
    """Recognise, read and check files without storing them. Exit 3 if a file was refused."""
    from intake.jail.jail import require_walls
    from intake.reader import Reader

    on = parse_day(as_of)
    require_files(*files)
    settings = point_here(config)
    require_walls(settings is not None and settings.jail.walls == "required")
    seen = []
    opening = Reader(known_forms(config, forms, only=only_forms), on=on, values=not no_values)
    with opening as reader, show.progress("inspected", len(files)) as step:
        for file in files:
            seen.append(reader.inspect(file, str(file)))
            step()
    if json_:
        show.as_json([inspection.model_dump(mode="json") for inspection in seen])
    else:
        for inspection in seen:
            show_inspection(inspection)
    if any(inspection.error for inspection in seen):
        raise typer.Exit(3)


def show_inspection(inspection: "Inspection") -> None:
    """A few lines for a person."""
    show.line(f"{inspection.file}  ({inspection.seconds.total:.2f} s)")
    if inspection.error:
        show.line(f"  refused ({inspection.error.code}): {inspection.error.text.en}")
    for document in inspection.documents:
        pages = ",".join(str(page.source_page) for page in document.pages)
        name = f"{document.form} {document.edition} {document.language}" if document.form else document.kind.value
        show.line(f"  pages {pages}: {name}: {document.verdict.value}")
        for finding in document.findings:
            show.line(f"    {'!' if finding.blocks else '-'} {finding.text.en}")
