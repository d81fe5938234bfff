"""`inbox table`: what lies received, as others load it. Works from the plain installation."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from workers.backoffice.table import USUAL, filings_in, load_columns, table_of
from workers.cli.office import OutOption


def register(app: typer.Typer) -> None:
    """Add the verbs to `inbox`."""
    app.command("table")(table)


def table(
    out: OutOption,
    columns: Annotated[Path, typer.Option("--columns", help="Your own mapping file: column = path.")] = USUAL,
) -> None:
    """Print one CSV of all filings in OUT, a row each, for a spreadsheet or a case system's import."""
    sys.stdout.buffer.write(table_of(filings_in(out.absolute()), load_columns(columns)))
    sys.stdout.flush()
