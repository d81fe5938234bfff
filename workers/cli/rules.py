"""`rules`: lint, explain, try, replay and diff, so that an operator may change them without fear."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from intake.base.clock import SystemClock, today
from intake.base.errors import BadFile, CheckFailed
from intake.base.settings import Settings, load_settings
from routing_rules.explain import explain
from routing_rules.facts import Facts
from routing_rules.load import load_rules
from routing_rules.providers import load_providers
from routing_rules.replay import World, diff, replay
from workers.cli import show

app = typer.Typer(help="The routing rules: check them, ask why, see what a change would do.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="The point's settings.")]
HERE = Path("vireille.toml")


def _world(settings: Settings, rules: Path | None = None) -> World:
    here = settings.here
    assert settings.providers is not None and settings.routing is not None  # noqa: S101 a point has both
    providers = load_providers(settings.providers.directory)
    on = today(SystemClock(), here.as_of)
    return World(load_rules(rules or settings.routing.rules, providers=providers, on=on), providers)


@app.command()
def check(config: ConfigOption = HERE) -> None:
    """Lint the rules and run their examples. Exit 5 if something is wrong."""
    settings = load_settings(config)
    try:
        world = _world(settings)
    except BadFile as error:
        raise CheckFailed(error.message) from error
    rules = world.rule_set
    show.line(f"{len(rules.rules)} rules, {len(rules.examples)} examples, version {rules.version}: in order")


@app.command("explain")
def explain_(filing: str, config: ConfigOption = HERE) -> None:
    """Why a filing went where it went, or will go: every rule tried, in order."""
    from workers.run.main import open_ledger
    from workers.send.routing_facts import past_of

    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        one = past_of(ledger, settings, filing)
    world = _world(settings)
    _show_explanation(one.facts, world, one.on)


def _show_explanation(facts: Facts, world: World, on: date) -> None:
    told = explain(facts, world.rule_set, world.providers, on)
    for tried in told.tried:
        show.line(f"  {tried.rule}: {'holds' if tried.failed is None else f'no, {tried.failed} differs'}")
    if told.decision:
        unit = f", unit {told.decision.unit}" if told.decision.unit else ""
        show.line(f"goes to {told.decision.provider}{unit}: {told.decision.reason.en} (rules {told.decision.version})")
    elif told.problem:
        show.line(f"a person must choose: {told.problem.text.en}")


@app.command("try")
def try_(file: Path, config: ConfigOption = HERE) -> None:
    """Where the filings in a scan would go; nothing is stored."""
    from intake.reader import Eyes
    from workers.run.main import definitions_of
    from workers.send.routing_facts import facts_of_document

    settings = load_settings(config)
    on = today(SystemClock(), settings.here.as_of)
    with Eyes(definitions_of(settings), on=on) as eyes:
        seen = eyes.look(file, str(file))
    if seen.error:
        raise CheckFailed(f"{file}: {seen.error.text.en}")
    world = _world(settings)
    for document in seen.documents:
        if document.attached_to is None:
            pages = ", ".join(str(page.source_page) for page in document.pages)
            show.line(f"pages {pages}: {document.form or document.kind.value}")
            _show_explanation(facts_of_document(document, settings.here), world, on)


@app.command("replay")
def replay_(
    rules: Annotated[Path, typer.Argument(help="A folder of candidate rules.")],
    config: ConfigOption = HERE,
    json_: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """How many past filings would go where under candidate rules."""
    from workers.run.main import open_ledger
    from workers.send.routing_facts import all_past

    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        counts = replay(all_past(ledger, settings), _world(settings, rules))
    if json_:
        show.as_json(counts)
    else:
        show.table(("goes to", "filings"), counts.items())


@app.command("diff")
def diff_(
    rules: Annotated[Path, typer.Argument(help="A folder of candidate rules.")], config: ConfigOption = HERE
) -> None:
    """Which past filings would go elsewhere under candidate rules, and why."""
    from workers.run.main import open_ledger
    from workers.send.routing_facts import all_past

    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        changes = diff(all_past(ledger, settings), _world(settings), _world(settings, rules))
    show.table(
        ("filing", "now", "by", "then", "by"),
        ((one.filing, one.before, one.before_rule, one.after, one.after_rule) for one in changes),
    )
    show.line(f"{len(changes)} filings would go elsewhere")
