"""`inbox trust`: which points' bundles an office believes, and binding a CA certificate to the one it signs for."""

from pathlib import Path
from typing import Annotated

import typer

from intake.base.settings import load_settings
from workers.backoffice.setup import trusted
from workers.cli import show
from workers.seal import keys
from workers.seal.trust import bind

HERE = Path("vireille.toml")


def register(inbox: typer.Typer) -> None:
    """Add the verb."""
    inbox.command("trust")(trust)


def trust(
    ca: Annotated[Path | None, typer.Argument(help="The ca.pem that a point sent; without it: list.")] = None,
    point: Annotated[
        str | None, typer.Option("--point", help="The point's id, if the certificate's name lacks it.")
    ] = None,
    config: Annotated[Path, typer.Option("--config", help="Settings with [inbox].")] = HERE,
) -> None:
    """Trust a point: its CA certificate is bound to its id, and signs for no other. Without a file: list them."""
    settings = load_settings(config)
    if ca is None:
        rows = (
            (signer.point or "none: bind it", signer.ca.not_valid_after_utc.date(), keys.fingerprint(signer.ca))
            for signer in trusted(settings)
        )
        show.table(("point", "until", "fingerprint"), rows)
        return
    bound = bind(settings.keys.directory, ca, point)
    show.line(f"{bound.id}: {bound.fingerprint} is trusted to sign for it, and for no other point")
    show.line(f"Compare the fingerprint with {bound.id} by telephone ('vireille keys show' there).")
