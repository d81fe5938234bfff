"""`forms`: add a form from its blank PDF, list, show, lint and test the catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.base.errors import CheckFailed, NotFound, WrongUse
from workers.cli import show
from workers.cli.here import FormsOption, PointOption, known_forms, point_here, remarks, require_files

if TYPE_CHECKING:
    from intake.adding.add import Added, NotAdded
    from intake.forms.model import Definition

app = typer.Typer(help="The catalogue of forms.", no_args_is_help=True)
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Only editions valid on this day, YYYY-MM-DD.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="forms")


def _definitions(config: Path | None, forms: list[Path] | None, as_of: str | None) -> "tuple[Definition, ...]":
    from intake.forms.load import valid_on
    from workers.cli.inspect import parse_day

    found = known_forms(config, forms)
    return valid_on(found, parse_day(as_of)) if as_of else found


@app.command()
def add(
    blank: Annotated[Path, typer.Argument(help="A blank PDF, or with --batch a folder of them.")] = Path(),
    provider: Annotated[str, typer.Option("--provider", help="The authority's id.")] = "",
    form: Annotated[str | None, typer.Option("--form", help="The form's id; default: the file's name.")] = None,
    edition: Annotated[str | None, typer.Option("--edition", help="Default: the edition mark found on it.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Two letters; default: guessed from its text.")] = None,
    into: Annotated[Path, typer.Option("--into", help="The folder of forms to add to.")] = Path("forms"),
    batch: Annotated[
        Path | None, typer.Option("--batch", help="A folder of blank PDFs, each form named as its file.")
    ] = None,
    config: PointOption = None,
    json_: JsonOption = False,
) -> None:
    """Make a definition from a blank PDF, no questions asked. Exit 3 if a blank could not be used."""
    from intake.adding.add import add_batch, add_form

    if not provider:
        raise WrongUse("say whose form it is with --provider, for instance --provider kela")
    require_files(batch or blank)
    settings = point_here(config)
    if batch is not None:
        answers = add_batch(batch, provider=provider, into=into)
    else:
        answers = [add_form(blank, provider=provider, form=form, edition=edition, language=lang, into=into)]
    rows = [describe_added(answer) for answer in answers]
    said = remarks(settings, provider, into) if any(not row["error"] for row in rows) else []
    if json_:
        show.as_json([row if row["error"] else {**row, "point": said} for row in rows])
    else:
        silent = [str(row["definition"]) for row in rows if not row["error"] and not row["demands"]]
        for line in [*map(_added_line, rows), *said, *_how_to_go_on(silent)]:
            show.line(line)
    if any(row["error"] for row in rows):
        raise typer.Exit(3)


def describe_added(added: "Added | NotAdded") -> dict[str, object]:
    """One blank's outcome as JSON."""
    from intake.adding.add import NOBODY_SAID, NotAdded

    if isinstance(added, NotAdded):
        return {"blank": str(added.blank.absolute()), "error": added.text, "code": added.code}
    made = added.definition
    return {
        "blank": str(made.blank), "definition": str(made.definition), "error": None, "provider": made.provider,
        "form": made.form, "edition": made.edition, "language": made.language, "pages": len(made.pages),
        "fields": len(made.fields),
        "demands": NOBODY_SAID not in added.notes, "notes": list(added.notes),
    }  # fmt: skip


def _added_line(row: dict[str, object]) -> str:
    if row["error"]:
        return f"{row['blank']}: not added: {row['error']}"
    said = row["notes"]
    notes = f" ({'; '.join(said)})" if isinstance(said, list) and said else ""
    return f"{row['form']} {row['edition']} {row['language']}: {row['pages']} pages, {row['fields']} fields{notes}"


def _how_to_go_on(silent: list[str]) -> list[str]:
    """Say what to do with forms whose needs nobody has stated, so that their papers can be complete."""
    if not silent:
        return []
    return [
        f"A paper of {'this form' if len(silent) == 1 else 'these forms'} is never complete until you say what it "
        "needs. In the definition, write",
        "    required = true",
        '    basis = "source"        # the form says so; or "law_or_rule", or "confirmed" by somebody who knows',
        "at each field that must be filled (rules and attachments: intake/forms/RULES.md); then 'vireille forms lint'.",
        *silent,
    ]


@app.command("list")
def list_(
    forms: FormsOption = None, as_of: AsOfOption = None, config: PointOption = None, json_: JsonOption = False
) -> None:
    """List all known editions."""
    found = _definitions(config, forms, as_of)
    if json_:
        show.as_json([described(edition) for edition in found])
        return
    show.table(
        ("provider", "form", "edition", "language", "valid from", "until", "pages", "title"),
        (
            (edition.provider, edition.form, edition.edition, edition.language, edition.valid_from,
             edition.valid_until, len(edition.pages), edition.titles.get(edition.language, ""))
            for edition in found
        ),
    )  # fmt: skip


def described(definition: "Definition") -> dict[str, object]:
    """An edition as `forms list --json` gives it."""
    return {
        "provider": definition.provider,
        "form": definition.form,
        "edition": definition.edition,
        "language": definition.language,
        "valid_from": definition.valid_from.isoformat() if definition.valid_from else None,
        "valid_until": definition.valid_until.isoformat() if definition.valid_until else None,
        "titles": definition.titles,
        "pages": len(definition.pages),
        "blank": str(definition.blank.absolute()),
        "definition": str(definition.definition.absolute()),
        "fields": [
            {
                "key": field.key,
                "kind": field.kind,
                "places": [place.model_dump(mode="json", exclude_none=True) for place in field.places],
                "required": field.required,
                "labels": field.labels,
            }
            for field in definition.fields
        ],
    }


@app.command("show")
def show_(
    form: Annotated[str, typer.Argument(help="The form's id, as 'vireille forms list' gives it.")],
    forms: FormsOption = None,
    as_of: AsOfOption = None,
    config: PointOption = None,
    json_: JsonOption = False,
) -> None:
    """Show one form: its editions, fields and rules."""
    found = [edition for edition in _definitions(config, forms, as_of) if edition.form == form]
    if not found:
        raise NotFound(f"no form '{form}'; 'vireille forms list' shows all")
    if json_:
        show.as_json([described(edition) for edition in found])
        return
    for edition in found:
        title = edition.titles.get(edition.language, "")
        show.line(f"{edition.form} {edition.edition} {edition.language}: {title} ({edition.provider})")
        for field in edition.fields:
            needed = "office" if field.office else "required" if field.required else ""
            says = " ".join(filter(None, (field.kind, field.value, field.role, needed)))
            show.line(f"  {field.key}: {says} {field.labels.get(edition.language, '')}")
        for rule in edition.rules:
            show.line(f"  rule {rule.id} ({rule.basis}): {rule.text.en}")


@app.command()
def lint(forms: FormsOption = None, as_of: AsOfOption = None, config: PointOption = None) -> None:
    """Check the catalogue itself. Exit 5 if something is wrong; a form that demands nothing is only a warning."""
    from intake.check.definition_lint import lint as find_problems
    from intake.check.definition_lint import warnings
    from workers.cli.inspect import parse_day

    definitions = _definitions(config, forms, as_of)
    problems, warned = find_problems(definitions), warnings(definitions, parse_day(as_of))
    for line in [*map(str, problems), *(f"warning: {warning}" for warning in warned)]:
        show.line(line)
    if problems:
        raise CheckFailed(f"{len(problems)} problems in the catalogue; mend the files named above")
    but = f", but of {len(warned)} editions nobody has said what they need" if warned else ""
    show.line(f"the catalogue is in order{but}")


@app.command("test")
def test_(
    form: Annotated[list[str] | None, typer.Argument(help="Only these forms, among all the others.")] = None,
    forms: FormsOption = None,
    as_of: AsOfOption = None,
    config: PointOption = None,
) -> None:
    """Fill each form, scan it in software and read it back. Exit 5 if one is not read right."""
    from intake.trial.selftest import Score, test_catalogue, told_apart

    found = _definitions(config, forms, as_of)
    asked = [definition for definition in found if not form or definition.form in form]
    if not asked:
        raise NotFound(f"no form {', '.join(form or [])}; 'vireille forms list' shows all")
    with show.progress("tested", len(asked)) as step:
        results = test_catalogue(asked, step, among=found)
    show.table(
        ("form", "edition", "language", "recognised", "papers", "states", "values", "findings", "problem"),
        (
            (result.form, result.edition, result.language, result.recognised, result.names, result.states,
             result.values, result.findings if result.asks else "none asked", result.problem)
            for result in results
        ),
    )  # fmt: skip
    for name in ("names", "states", "values", "findings"):
        scores: list[Score] = [getattr(result, name) for result in results]
        right, of = sum(score.right for score in scores), sum(score.of for score in scores)
        said = "papers known by their look" if name == "names" else f"{name} right"
        show.line(f"{said}: {right} of {of} ({right / of:.2%})" if of else f"{said}: none")
    silent = [f"{result.form} {result.edition} {result.language}" for result in results if not result.asks]
    if silent:
        show.line(f"nothing is demanded of {', '.join(silent)}: no finding could be right or wrong; see 'forms lint'")
    show.line(f"languages told apart: {told_apart(results, lambda result: (result.form, result.edition))} editions")
    show.line(
        f"editions told apart: {told_apart(results, lambda result: (result.form, result.language))} forms and languages"
    )
    wrong = [result for result in results if result.problem]
    if wrong:
        raise CheckFailed(f"{len(wrong)} of {len(results)} editions were not read right")
