"""`inbox`: the back office's side of the queue."""

import typer

app = typer.Typer(help="The back office: receive filings, acknowledge or return them.", no_args_is_help=True)
