"""`keys`: make, show and rotate keys and certificates; `open`: one bundle by hand."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verbs."""
