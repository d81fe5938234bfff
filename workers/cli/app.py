"""Builds the command and turns every error into one line on stderr and its exit code."""

import os
import sys
from collections import UserDict
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from intake.base import log
from intake.base.errors import VireilleError
from intake.base.extras import needs

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

READERS: dict[str, dict[str, str]] = {
    "To try": {"demo": "point", "inspect": "inspect"},
    "At the counter": {
        "matters": "matters", "release": "decide", "hold": "decide", "join": "decide", "part": "decide",
        "destroy": "decide", "cover": "proof", "receipt": "proof",
    },
    "To run a point": {
        "init": "point", "people": "people", "run": "point", "doctor": "point", "status": "status", "show": "point",
        "stats": "stats", "verify": "proof", "reconcile": "proof", "backup": "proof", "restore": "proof",
    },
    "For several points": {"points": "several", "page": "several", "figures": "figures"},
    "Forms, rules, providers": {
        "forms": "forms", "rules": "rules", "providers": "providers", "keys": "keys", "publish": "updates",
        "update": "updates",
    },
    "In the back office": {"inbox": "inbox", "open": "keys"},
}  # fmt: skip
"""Section of the help: verb: the module beside this one that has it. Its `register` adds it to an application."""


class Verbs(UserDict[str, "Command"]):
    """Each verb by its name, its module imported when it is asked for: no verb waits for the libraries of another."""

    def __init__(self) -> None:
        super().__init__()
        self._modules = {verb: module for verbs in READERS.values() for verb, module in verbs.items()}

    def __iter__(self) -> Iterator[str]:
        """The names, in the help's order."""
        return iter(self._modules)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._modules)

    def __contains__(self, name: object) -> bool:
        """Whether there is such a verb."""
        return name in self._modules

    def __getitem__(self, name: str) -> "Command":
        """The verb. Raises KeyError."""
        if name not in self.data:
            part = typer.Typer(rich_markup_mode=None)
            import_module(f"workers.cli.{self._modules[name]}").register(part)
            self.data[name] = typer.main.get_group(part).commands[name]
        return self.data[name]


class ByReader(TyperGroup):
    """Lists the verbs by who uses them."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 as Typer hands them on
        super().__init__(**attributes)
        self.commands = Verbs()

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write a section for each reader."""
        for reader, names in READERS.items():
            with formatter.section(reader):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(200)) for name in names])


app = typer.Typer(
    name="vireille",
    help="Intake and routing of paper filings at shared public-service points.",
    no_args_is_help=True,
    rich_markup_mode=None,  # Rich would take [store] in a help text for a style and leave it out
    cls=ByReader,
    pretty_exceptions_enable=False,
)


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
