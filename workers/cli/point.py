"""Verbs of the point: init, run, show, doctor, demo."""

import logging
from pathlib import Path
from typing import Annotated, Any

import typer

from intake.base import log
from intake.base.errors import CheckFailed, WrongUse
from intake.base.settings import load_settings
from workers.cli import show
from workers.cli.here import FilingArgument, called

ConfigOption = Annotated[Path, typer.Option("--config", help="The point's settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document.")]
HERE = Path("vireille.toml")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (init, run, doctor, demo):
        app.command()(verb)
    app.command("show")(show_)


def init(
    folder: Annotated[Path, typer.Argument(help="Where the point shall live.")],
    demo: Annotated[
        bool, typer.Option("--demo", help="One of the pilot's points in March 2015, with keys for both sides.")
    ] = False,
    point: Annotated[str | None, typer.Option("--id", help="The point's id; its certificate carries it.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    municipality: Annotated[
        str | None, typer.Option("--municipality", help="Three-digit code, for routing by region.")
    ] = None,
    languages: Annotated[str | None, typer.Option("--languages", help="In order of use, such as sv,fi.")] = None,
) -> None:
    """Make a working point. Never overwrites."""
    from workers.run.new_point import make_point, place_of

    place = place_of(point, name=name, municipality=municipality, languages=languages, demo=demo)
    file = make_point(folder, demo=demo, place=place)
    show.line(f"{file}: the point '{place.id}', {place.name}; put scans into {file.parent / 'scan' / 'tiski-1'}")
    if not demo:
        there = sorted(path.stem for path in (file.parent / "providers").glob("*.toml"))
        show.line(f"  authorities of today: {', '.join(there)}; remove the files of those that you do not serve")
        show.line("  rules/, providers/kunta.toml and poliisi.toml hold the pilot's five places: put yours there")
        if place.municipality is None:
            show.line(f"  set the municipality in {file.name}: routing by region needs it")
        show.line(f"  let people sign in to the page:    {called()} people add NAME --role advisor --config {file}")
        show.line(f"  pin each authority's certificate: {called()} providers add CERT --provider ID --config {file}")
        show.line(f"  and look whether it can send:     {called()} doctor --config {file}")
    show.line(f"  {called()} run --config {file}")


def run(
    config: ConfigOption = HERE,
    once: Annotated[bool, typer.Option("--once", help="Work off what is there, then stop; serves no page.")] = False,
    no_page: Annotated[bool, typer.Option("--no-page", help="Work only: another process serves the page.")] = False,
) -> None:
    """Watch the folders, work, deliver and serve the counter page until SIGTERM."""
    from workers.run import main

    settings = load_settings(config)
    if once:
        main.run_once(settings)
    else:
        said = "at work without a page" if no_page else "counter page: {}"
        main.run(settings, lambda address: show.line(said.format(address)), page=not no_page)


def show_(filing: FilingArgument, config: ConfigOption = HERE, json_: JsonOption = False) -> None:
    """Show one filing: its state and reason, the findings, the people who decided, and its history."""
    from workers.run.open_point import open_desk

    with open_desk(load_settings(config)) as desk:
        found: Any = desk.shown(filing)
    if json_:
        show.as_json(found)
    else:
        _tell(found)


_PLAIN = (
    "state", "since", "owner", "kind", "form", "edition", "language", "verdict", "scanner", "label", "handed_over",
    "bundle", "joined_to", "attempt", "version",
)  # fmt: skip


def _tell(found: Any) -> None:  # noqa: ANN401 as `show --json` prints it
    """One filing in English, a line for each thing that is known."""
    show.line(f"id: {found['id']}")
    for name in _PLAIN:
        if found[name] is not None:
            show.line(f"{name}: {found[name]}")
    if found["recipient"]:
        ids = "/".join(part for part in (found["provider"], found["unit"]) if part)
        by_hand = ", chosen by hand" if found["chosen"] else ""
        show.line(f"goes to: {found['recipient']['en']} ({ids}{by_hand})")
    show.line(f"pages: {len(found['pages'])}")
    if found["why"]:
        show.line(f"reason: {found['why']['en']} ({found['reason']})")
    if found["sentence"]:
        show.line(f"because: {found['sentence']['en']}")
    if found["note"]:
        show.line(f"the authority wrote: {found['note']}")
    for finding in found["findings"]:
        labels = finding["labels"]
        label = next((labels[language] for language in ("en", "fi", "sv") if labels.get(language)), "")
        about = f" {label}:" if label and label not in finding["text"]["en"] else ""
        show.line(f"{'gap' if finding['blocks'] else 'note'} ({finding['code']}):{about} {finding['text']['en']}")
    for act in found["people"]:
        said = "; ".join(f"{name} {act[name]}" for name in ("reason", "identity", "contact") if act[name])
        show.line(f"{act['at']} {act['what']} by {act['advisor'] or 'somebody unnamed'}{f': {said}' if said else ''}")
    _happened(found["events"])


def _happened(events: Any) -> None:  # noqa: ANN401 as above
    from workers.ledger.looks import BY_ITSELF, VIEWED

    for event in events:
        if event["what"] == VIEWED:
            how = "shown by the page itself to" if event["code"] == BY_ITSELF else "opened by"
            show.line(f"{event['at']} {how} {event.get('advisor') or 'somebody unnamed'}")
    columns = ("at", "what", "from", "to", "code")
    show.table(columns, ([event[name] for name in columns] for event in events))


def doctor(config: ConfigOption = HERE) -> None:
    """Examine whether this machine and point are fit to run. Exit 5 if not."""
    from workers.doctor.point import examine

    findings = examine(config)
    for finding in findings:
        show.line(f"{'ok  ' if finding.ok else 'BAD ' if finding.blocks else 'note'} {finding.text.en}")
    if any(finding.blocks and not finding.ok for finding in findings):
        raise CheckFailed("this point is not fit to run; see the lines marked BAD")


def demo(
    folder: Annotated[Path | None, typer.Argument(help="A scratch folder; default: a new one in the system's.")] = None,
) -> None:
    """Do the main job on sample scans, start to end; prints each step and where to look."""
    from workers.run.demo import show_the_job

    log.configure(least=logging.ERROR)
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise WrongUse(f"{folder} is not empty; name a new folder")
    show_the_job(folder, show.line)
