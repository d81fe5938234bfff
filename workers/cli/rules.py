"""`rules`: check, explain, try, schema, replay and diff, so that an operator may change them without fear."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.base.clock import SystemClock, today
from intake.base.errors import BadFile, CheckFailed
from intake.base.settings import load_settings
from routing_rules.explain import Explanation, explain
from routing_rules.lint import notes
from workers.cli import preview, rule_sets, show
from workers.cli.here import HERE, FilingArgument
from workers.cli.rule_worlds import world_of

app = typer.Typer(help="The routing rules: check them, ask why, see what a change would do.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="The point's settings.")]
ProvidersOption = Annotated[Path | None, typer.Option("--providers", help="A folder of candidate providers.")]

if TYPE_CHECKING:
    from workers.ledger.history import Decided


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="rules")


@app.command()
def check(
    rules: Annotated[Path | None, typer.Argument(help="A folder of candidate rules; left out: those in use.")] = None,
    config: ConfigOption = HERE,
    providers: ProvidersOption = None,
) -> None:
    """Prove the rules for every day to come and run their examples. Exit 5 if something is wrong."""
    from workers.run.proved_rules import days_of
    from workers.seal.pins import pinned_twice, shared_keys

    settings = load_settings(config)
    in_use = settings.routing.rules if settings.routing else None
    try:
        world = world_of(settings, rules or in_use, providers)
    except BadFile as error:
        raise CheckFailed(error.message) from error
    known = world.providers.values()
    if problem := next(pinned_twice(known), None):
        raise CheckFailed(problem)
    found = world.rule_set
    show.line(f"{len(found.rules)} rules, {len(found.examples)} examples, version {found.version}: in order")
    for note in (*notes(found, world.providers, days_of(settings, SystemClock())), *shared_keys(known)):
        show.line(f"note {note}")


@app.command("explain")
def explain_(filing: FilingArgument, config: ConfigOption = HERE) -> None:
    """Explain what decided where a filing went, and what the rules of today would say and why."""
    from workers.ledger.history import known
    from workers.ledger.opening import open_ledger
    from workers.ledger.recent import last_release
    from workers.send.routing_facts import past_of

    settings = load_settings(config)
    with open_ledger(settings) as ledger:
        kept = known(ledger, filing)
        released = last_release(ledger, filing)
    show.line(f"then: {_decided(kept.decided, released.advisor if released else '')}")
    on = today(SystemClock(), settings.here.as_of)
    world = world_of(settings)
    explanation = explain(past_of(kept, settings.here).facts, world.rule_set, world.providers, on)
    show.line(f"by the rules of {on.isoformat()}: {_answer(explanation)}")
    _show_why(explanation)


def _decided(decided: "Decided | None", advisor: str) -> str:
    """What happened, in words: where it went, by what, when."""
    if decided is None:
        return "not decided yet"
    words = "" if decided.words is None else f": {decided.words.en}"
    if decided.provider is None:
        by = f" (rule {decided.rule}, rules {decided.version}, {decided.at})" if decided.rule else f" ({decided.at})"
        return f"a person must choose{words}{by}"
    went = decided.provider + (f", unit {decided.unit}" if decided.unit else "")
    if decided.by_hand:
        return f"goes to {went}, chosen by hand{f' by {advisor}' if advisor else ''} ({decided.at})"
    if decided.rule is None:
        return f"went to {went}; by which rule was not kept when it was purged ({decided.at})"
    return f"goes to {went}{words} (rule {decided.rule}, rules {decided.version}, {decided.at})"


def _answer(explanation: Explanation) -> str:
    if explanation.decision is None:
        by = f" (rule {explanation.problem.rule})" if explanation.problem and explanation.problem.rule else ""
        return f"a person must choose{f': {explanation.problem.text.en}' if explanation.problem else ''}{by}"
    decision = explanation.decision
    held = f"waits for a person: {decision.hold.en} Then it " if decision.hold else ""
    unit = f", unit {decision.unit}" if decision.unit else ""
    due = f", due {decision.due.isoformat()}" if decision.due else ""
    urgent = ", urgent" if decision.priority == "urgent" else ""
    by = f" (rule {decision.rule}, rules {decision.version})"
    return f"{held}goes to {decision.provider}{unit}{due}{urgent}: {decision.reason.en}{by}"


def _show_why(explanation: Explanation) -> None:
    """The rules tried up to the one that decided, and which single fact would have led elsewhere."""
    show.line("because, in this order:")
    for tried in explanation.tried:
        show.line(f"  {tried.rule}: {'holds' if tried.failed is None else f'no, {tried.why}'}")
    show.line(f"  ({explanation.others} rules ask for other authorities)")
    if explanation.otherwise:
        show.line("it would be otherwise with:")
    for other in explanation.otherwise:
        show.line(f"  {other.fact}: {other.place}{f' (rule {other.rule})' if other.rule else ''}")


@app.command("try")
def try_(
    file: Annotated[Path, typer.Argument(help="A scan: PDF, TIFF, JPEG, PNG.")],
    config: ConfigOption = HERE,
    rules: Annotated[Path | None, typer.Option("--rules", help="A folder of candidate rules.")] = None,
    providers: ProvidersOption = None,
) -> None:
    """Say where the filings in a scan would go; nothing is stored."""
    from intake.reader import Reader
    from workers.run.open_point import definitions_of
    from workers.send.routing_facts import facts_of

    settings = load_settings(config)
    on = today(SystemClock(), settings.here.as_of)
    with Reader(definitions_of(settings), on=on) as reader:
        seen = reader.inspect(file, str(file))
    if seen.error:
        raise CheckFailed(f"{file}: {seen.error.text.en}")
    world = world_of(settings, rules, providers)
    for number, document in enumerate(seen.documents):
        if document.attached_to is None:
            together = (document, *(attachment for attachment in seen.documents if attachment.attached_to == number))
            pages = ", ".join(str(page.source_page) for page in document.pages)
            show.line(f"pages {pages}: {document.form or document.kind.value}")
            explanation = explain(facts_of(together, settings.here), world.rule_set, world.providers, on)
            show.line(_answer(explanation))
            _show_why(explanation)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a rule file, for editors that check while one writes."""
    from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
    from pydantic_core.core_schema import NullableSchema

    from routing_rules.model import RuleFile

    class WithoutNull(GenerateJsonSchema):
        """TOML has no null: what may be left out is of its one kind, so that an editor marks the very key in it."""

        def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
            return self.generate_inner(schema["schema"])

    made = RuleFile.model_json_schema(schema_generator=WithoutNull)
    show.as_json({"$schema": "https://json-schema.org/draft/2020-12/schema"} | made)


preview.register(app)
rule_sets.register(app)
