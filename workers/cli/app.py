"""Builds the command and turns every error into one line on stderr and its exit code."""

import os
import sys

import typer

from intake.base import log
from intake.base.errors import VireilleError
from intake.base.extras import needs
from workers.cli import decide, forms, inbox, inspect, keys, point, proof, providers, rules, updates

app = typer.Typer(
    name="vireille",
    help="Intake and routing of paper filings at shared public-service points.",
    no_args_is_help=True,
    rich_markup_mode=None,  # Rich would take [store] in a help text for a style and leave it out
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (point, decide, proof, updates, inspect, keys):
    part.register(app)
app.add_typer(forms.app, name="forms")
app.add_typer(rules.app, name="rules")
app.add_typer(providers.app, name="providers")
app.add_typer(inbox.app, name="inbox")


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
