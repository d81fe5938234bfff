"""Builds the command and turns every error into one line on stderr and its exit code."""

import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from intake.base import log
from intake.base.errors import VireilleError
from intake.base.extras import needs
from workers.cli import (
    answers,
    decide,
    forms,
    inbox,
    inspect,
    keys,
    matters,
    office_page,
    people,
    point,
    proof,
    providers,
    received,
    rules,
    several,
    trust,
    updates,
)

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

READERS: dict[str, tuple[str, ...]] = {
    "To try": ("demo", "inspect"),
    "At the counter": ("matters", "release", "hold", "join", "part", "destroy", "cover", "receipt"),
    "To run a point": (
        "init", "people", "run", "doctor", "status", "show", "stats", "verify", "reconcile", "backup", "restore",
    ),
    "For several points": ("points",),
    "Forms, rules, providers": ("forms", "rules", "providers", "keys", "publish", "update"),
    "In the back office": ("inbox", "open"),
}  # fmt: skip


class ByReader(TyperGroup):
    """Lists the verbs by who uses them."""

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write a section for each reader; verbs of nobody listed come last."""
        listed = [name for names in READERS.values() for name in names]
        others = tuple(name for name in self.list_commands(ctx) if name not in listed)
        for reader, names in {**READERS, "Others": others}.items():
            verbs = [(name, verb.get_short_help_str(200)) for name in names if (verb := self.get_command(ctx, name))]
            if verbs:
                with formatter.section(reader):
                    formatter.write_dl(verbs)


app = typer.Typer(
    name="vireille",
    help="Intake and routing of paper filings at shared public-service points.",
    no_args_is_help=True,
    rich_markup_mode=None,  # Rich would take [store] in a help text for a style and leave it out
    cls=ByReader,
    pretty_exceptions_enable=False,
)
for part in (point, decide, proof, updates, inspect, keys, several):
    part.register(app)
app.add_typer(forms.app, name="forms")
app.add_typer(rules.app, name="rules")
app.add_typer(matters.app, name="matters")
app.add_typer(providers.app, name="providers")
for part in (answers, received, office_page, trust):
    part.register(inbox.app)
app.add_typer(inbox.app, name="inbox")
app.add_typer(people.app, name="people")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vireille {version('vireille')}")
        raise typer.Exit


@app.callback()
def _vireille(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Intake and routing of paper filings at shared public-service points."""


def main() -> None:
    """Run the command; exit codes as in the contract: 0 done, 1 unexpected, 2 wrong use, 3 refused, 4, 5."""
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # F3: one thread for each Tesseract
    log.configure(as_json=not sys.stderr.isatty())
    try:
        with needs("point"):
            app(standalone_mode=True)
    except VireilleError as error:
        sys.stderr.write(f"vireille: {error.message}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # the last line of defence: no traceback with contents (H-03)
        if os.environ.get("VIREILLE_TRACEBACK"):
            raise
        name = type(error).__name__
        sys.stderr.write(f"vireille: unexpected {name}; run again with VIREILLE_TRACEBACK=1 and report what it says\n")
        sys.exit(1)
