"""`rules take`, `back` and `history`: a candidate comes into use by a name and a reason, and the set before is kept."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from intake.base.clock import SystemClock
from intake.base.errors import BadFile, CheckFailed, NotFound, WrongUse
from intake.base.settings import Settings, load_settings
from routing_rules.load import load_rules
from routing_rules.model import RuleSet
from routing_rules.replay import World
from workers.cli import show
from workers.cli.here import HERE
from workers.cli.rule_worlds import world_of

ConfigOption = Annotated[Path, typer.Option("--config", help="The point's settings.")]
ByOption = Annotated[str, typer.Option("--by", help="Who decides it.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for those who read the history.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (take, back, history):
        app.command()(verb)


def take(
    rules: Annotated[Path, typer.Argument(help="A folder of candidate rules.")],
    by: ByOption,
    reason: ReasonOption,
    config: ConfigOption = HERE,
) -> None:
    """Prove a candidate and make it the point's rules; a running point uses it from the next paper on."""
    settings = load_settings(config)
    found = _put(settings, rules, by, reason)
    show.line(f"now in use: {len(found.rules)} rules, version {found.version}")


def back(
    by: ByOption,
    reason: ReasonOption,
    version: Annotated[str | None, typer.Argument(help="Of 'rules history'; left out: the set before.")] = None,
    config: ConfigOption = HERE,
) -> None:
    """Return to the set before, or to any that is kept, also to one that would not be taken today."""
    from workers.run.kept_rules import kept_at

    settings = load_settings(config)
    wanted = version or _before(settings)
    found = _put(settings, kept_at(settings.here.data, wanted), by, reason, was_in_use=True)
    show.line(f"now in use: {len(found.rules)} rules, version {found.version}")


def history(
    config: ConfigOption = HERE, json_: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False
) -> None:
    """List the sets of rules that came into use: who put them there, when and why; the newest last."""
    from workers.run import kept_rules

    entries = kept_rules.history(load_settings(config).here.data)
    if json_:
        show.as_json([entry.model_dump() for entry in entries])
    else:
        show.table(
            ("version", "at", "by", "why"), ((entry.version, entry.at, entry.by, entry.why) for entry in entries)
        )


def _before(settings: Settings) -> str:
    """The newest kept set that is not the one in the point's folder."""
    from workers.run import kept_rules

    try:
        now = load_rules(_own(settings), in_use=True).version
    except BadFile:  # what lies there is broken: the set before is the last that was not
        now = None
    known = [entry.version for entry in kept_rules.history(settings.here.data) if entry.version != now]
    if not known:
        raise NotFound("no other set of rules was in use here; see 'vireille rules history'")
    return known[-1]


def _own(settings: Settings) -> Path:
    from workers.run.own_rules import are_own

    if settings.routing is None or not are_own(settings):
        raise WrongUse("the rules are of a published set; go back with 'vireille update --back', or publish another")
    return settings.routing.rules


def _put(settings: Settings, rules: Path, by: str, reason: str, *, was_in_use: bool = False) -> RuleSet:
    """Prove first, then keep what is in use, then replace it. Raises CheckFailed, WrongUse, DiskFull, Denied, Away."""
    from workers.run.health import Health
    from workers.run.kept_rules import keep, put_into, rule_bytes
    from workers.run.own_rules import take_rules

    folder, clock = _own(settings), SystemClock()
    if rules.resolve() == folder.resolve():
        raise WrongUse(f"{rules} is the folder in use; copy it, change the copy, and take that")
    if not by.strip() or not reason.strip():
        raise WrongUse("a name and a reason are needed: --by NAME --reason TEXT")
    found = _proved(settings, rules, was_in_use=was_in_use)
    staged = rule_bytes(rules)  # keeping one more set may end the oldest, which may be this one
    with suppress(BadFile):  # what lies there may be broken, and nothing kept
        take_rules(settings, found.providers, clock, Health())  # the set before is kept even if no start has seen it
    put_into(folder, staged)
    keep(settings.here.data, folder, found.rule_set.version, clock, by=by.strip(), why=reason.strip())
    return found.rule_set


def _proved(settings: Settings, rules: Path, *, was_in_use: bool) -> World:
    """What was in use once need not be what is taken today; then that is said. Raises CheckFailed."""
    try:
        return world_of(settings, rules)
    except BadFile as error:
        if not was_in_use:
            raise CheckFailed(error.message) from error
        problem = error.message
    try:
        found = world_of(settings, rules, was_in_use=True)
    except BadFile as error:
        raise CheckFailed(error.message) from error
    show.line(f"note {problem}")
    show.line("  it comes back as it was in use here; 'rules take' would refuse it")
    return found
