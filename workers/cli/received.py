"""`inbox init / unanswered / show / stats / table`: an office's folder. Works from the plain installation."""

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from intake.base.clock import SystemClock, iso
from intake.base.errors import NotFound, WrongUse
from intake.base.filing import FieldReading
from intake.base.settings import load_settings
from intake.base.texts import Language
from workers.backoffice import desk, new_office, notices
from workers.backoffice.normal import corrected
from workers.backoffice.table import USUAL, filings_in, load_columns, table_of
from workers.cli import show
from workers.cli.office import HERE, BundleArgument, ConfigOption, OutOption, ProviderOption, outside
from workers.seal import keys, manifest
from workers.seal.manifest import Manifest

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document.")]
LanguageOption = Annotated[Language, typer.Option("--language", help="fi, sv or en, where the paper's form has it.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to `inbox`."""
    for name, verb in (("init", init), ("unanswered", unanswered), ("show", show_), ("stats", stats), ("table", table)):
        app.command(name)(verb)
    app.command("notices")(notices_)


def init(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    provider: Annotated[str, typer.Option("--provider", help="The authority's id.")],
    unit: Annotated[str | None, typer.Option("--unit", help="Only this unit's filings.")] = None,
    store: Annotated[str, typer.Option("--store", help="As in the points' settings.")] = new_office.STORE,
    queue: Annotated[str, typer.Option("--queue", help="As in the points' settings.")] = new_office.QUEUE,
) -> None:
    """Make a back office: settings, a key with its certificate, a folder for filings. Never overwrites."""
    folder = folder.absolute()
    made = new_office.make_office(folder, new_office.Place(provider, unit, store, queue), SystemClock())
    show.line(f"{provider}: an office in {folder}, certificate {keys.fingerprint(made.certificate)}")
    show.line(f"send {folder}/keys/{provider}.cert.pem to each point, which runs 'vireille providers add' with it")
    show.line("with each point's ca.pem run 'vireille inbox trust ca.pem' there; [store] and [queue] are the points'")
    show.line(f"then: cd {folder} && vireille doctor && vireille inbox list")


def unanswered(out: OutOption, json_: JsonOption = False) -> None:
    """List what was received in OUT and waits for an answer, urgent first, then oldest."""
    found = desk.unanswered(out.absolute())
    if json_:
        show.as_json([_brief(filing) for filing in found])
        return
    rows = [tuple(_brief(filing).values())[:6] for filing in found]
    show.table(("bundle", "form", "unit", "priority", "handed over", "received"), rows)
    show.line(f"{len(found)} unanswered")


def _brief(filing: desk.Unanswered) -> dict[str, object]:
    said = filing.manifest
    return {
        "bundle": said.bundle, "form": said.form, "unit": filing.lease.unit, "priority": said.routing.priority,
        "handed_over": iso(said.handed_over), "received_at": filing.lease.received_at, "folder": str(filing.folder),
    }  # fmt: skip


def show_(bundle: BundleArgument, out: OutOption, language: LanguageOption = "fi", json_: JsonOption = False) -> None:
    """Show one filing that lies in OUT: what it is, what was read and corrected, what is missing, the message."""
    folder = desk.folder_of(out.absolute(), bundle)
    if json_:
        show.as_json(json.loads((folder / "data.json").read_bytes()))
        return
    said = manifest.from_json((folder / manifest.NAME).read_bytes())
    for line in _described(said, language):
        show.line(line)


def _described(said: Manifest, language: Language) -> list[str]:
    lines = [f"{said.form or said.kind.value} {said.edition or ''} from {said.point}, {iso(said.handed_over)}"]
    urgent = "urgent" if said.routing.priority == "urgent" else ""
    due = f"due {said.due.isoformat()}" if said.due else ""
    lines += [", ".join(filter(None, (urgent, due)))] if urgent or due else []
    lines += [f"verdict: {said.verdict.value}"] if said.verdict else []
    lines += [f"identity: {said.identity}"] if said.identity else []
    lines += [f"message: {said.message}"] if said.message else []
    for key, reading in corrected(said).items():
        label = said.labels.get(key, {}).get(language, key)
        option = said.options.get(key, {}).get(reading.value or "", {}).get(language)
        lines.append(f"  {label}: {option or _written(reading)}")
    for finding in said.findings:
        lines.append(f"  {'missing' if finding.blocks else 'note'}: {finding.text.in_language(language)}")
    return lines


def _written(reading: FieldReading) -> str:
    if reading.value is not None or reading.state.value == "empty":
        return reading.value or "–"
    return f"({reading.state.value}{': ' + ' / '.join(reading.candidates) if reading.candidates else ''})"


def stats(
    out: OutOption,
    first: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")] = None,
    json_: JsonOption = False,
    config: ConfigOption = HERE,
    provider: ProviderOption = None,
) -> None:
    """Count what was accepted, returned and could not be opened, by day, and what waits here and in the queue."""
    counts = desk.counts(out.absolute(), _day(first), _day(last))
    here = outside(load_settings(config), provider, None)
    queue = here.queue.stats(here.provider)
    if json_:
        said = asdict(counts) | {"oldest": iso(counts.oldest) if counts.oldest else None}
        said["lost_since"] = iso(counts.lost_since) if counts.lost_since else None
        show.as_json(said | {"queue": {"waiting": queue.waiting, "leased": queue.leased, "dead": queue.dead}})
        return
    days = sorted({*counts.accepted, *counts.returned})
    rows = [(day, counts.accepted.get(day, 0), counts.returned.get(day, 0)) for day in days]
    show.table(("day", "accepted", "returned"), rows)
    because = {"returned": counts.reasons, "not opened": counts.failures, "notice given up": counts.notices_given_up}
    for name, table_ in because.items():
        for code, number in table_.items():
            show.line(f"{name} because {code}: {number}")
    if counts.lost_since:
        show.line(f"{counts.lost} in {desk.LOST}: others have them, oldest put there {iso(counts.lost_since)}")
    if counts.notices:
        show.line(f"{counts.notices} notices wait for the case system; see 'vireille inbox notices'")
    there = f"{queue.waiting} waiting, {queue.leased} in work, {queue.dead} given up"
    show.line(f"{counts.unanswered} unanswered here; queue: {there}")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise WrongUse(f"'{text}' is no day; write it as 2026-11-27") from error


def notices_(
    out: OutOption,
    bundle: Annotated[str | None, typer.Argument(help="One filing's bundle id; all of them without it.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Send them next, also what was given up.")] = False,
    json_: JsonOption = False,
) -> None:
    """List what the case system has not taken yet, and why; a page's lie in its data/leases. Exit 4: no such notice."""
    out = out.absolute()
    found = [notice for notice in notices.waiting(out) if bundle in (None, notice.bundle)]
    if bundle is not None and not found:
        raise NotFound(f"no notice of {bundle} waits; see 'vireille inbox notices'")
    if again:
        count = notices.send_again(out, bundle)
        show.as_json({"again": count}) if json_ else show.line(f"{count} are sent in the next round")
        return
    if json_:
        show.as_json([asdict(notice) | {"given_up": notice.given_up} for notice in found])
        return
    rows = (
        (each.bundle, each.what, each.tries, each.code, "given up" if each.given_up else each.again) for each in found
    )
    show.table(("bundle", "what", "tries", "code", "again"), rows)
    show.line(f"{len(found)} not taken")


def table(
    out: OutOption,
    columns: Annotated[Path, typer.Option("--columns", help="Your own mapping file: column = path.")] = USUAL,
) -> None:
    """Print one CSV of all filings in OUT, a row each, for a spreadsheet or a case system's import."""
    sys.stdout.buffer.write(table_of(filings_in(out.absolute()), load_columns(columns)))
    sys.stdout.flush()
