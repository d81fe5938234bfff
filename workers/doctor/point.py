"""Is this machine, and this point, fit to run? Each finding says what was looked at and what to do."""

import os
import shutil
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from intake.base.clock import SystemClock, iso, today
from intake.base.errors import BadFile, VireilleError
from intake.base.settings import Settings, load_settings
from routing_rules.providers import load_providers
from workers.access.people import listed
from workers.access.reach import is_exercise
from workers.access.store import open_access
from workers.doctor.finding import SENTENCES, Examined, finding, how_long, plain
from workers.ledger import Ledger, reports
from workers.ledger.places import double_scanners, stranded
from workers.operator.health import last_told
from workers.seal.keys import load_certificates

RELEASED = datetime(2026, 11, 27, tzinfo=UTC)
LOW_WATER_BYTES = 200_000_000


def examine(config: Path) -> list[Examined]:
    """All findings, the machine's first."""
    found = list(_machine())
    try:
        settings = load_settings(config)
    except VireilleError as error:
        return [*found, *_tried(_imaging), plain(False, error.message)]
    if settings.point is None:
        from workers.doctor.office import examine_office

        return [*found, plain(True, f"settings {settings.file}"), *examine_office(settings)]
    required = settings.jail.walls == "required"
    found += [*_tried(partial(_imaging, walls_required=required)), plain(True, f"settings {settings.file}")]
    for part in (_data, _folders, _page, _updates, _rules, _forms, _matters, _keys, _sending, _figures, _ledger):
        found.extend(_tried(partial(part, settings)))
    return found


def _tried(part: Callable[[], Iterator[Examined]]) -> list[Examined]:
    """Give what `part` finds; an error ends that part only."""
    found: list[Examined] = []
    try:
        found.extend(part())
    except VireilleError as error:
        found.append(plain(False, error.message))
    return found


def _machine() -> Iterator[Examined]:
    yield plain(sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}")
    yield plain(True, ssl.OPENSSL_VERSION)
    in_time = datetime.now(UTC) >= RELEASED
    yield plain(True, "the clock is not older than this release") if in_time else finding("clock")


def _imaging(*, walls_required: bool = False) -> Iterator[Examined]:
    from intake.jail.jail import jail_weakness, root_becomes_nobody
    from intake.text.tesseract import tesseract_ready

    weakness = jail_weakness()
    or_else = SENTENCES["jail_or_else"] if walls_required else ""
    if weakness:
        yield finding("jail", blocks=walls_required, problem=weakness, or_else=or_else)
    else:
        yield plain(True, "files are opened in a full jail")
        if os.geteuid() == 0 and not root_becomes_nobody():
            yield finding("root", blocks=False)
    missing = ", ".join(tesseract_ready())
    yield finding("tesseract", missing=missing) if missing else plain(True, "Tesseract reads Finnish and Swedish")


def _data(settings: Settings) -> Iterator[Examined]:
    from workers.run.open_point import scratch_folder

    data = settings.here.data
    where = next(place for place in (data, *data.parents) if place.exists())
    free = shutil.disk_usage(where).free
    roomy = free > LOW_WATER_BYTES
    yield finding("free", ok=roomy, blocks=False, megabytes=free // 1_000_000, data=str(data))
    scratch = scratch_folder(settings)
    on_disk = data in scratch.parents
    in_memory = plain(True, f"plaintext passes through {scratch}")
    yield finding("scratch", blocks=False, folder=str(scratch)) if on_disk else in_memory


def _folders(settings: Settings) -> Iterator[Examined]:
    from scanners.folder import opened

    for scanner in settings.scanner:
        with opened(scanner.folder, must_be_marked=scanner.mode == "remote"):
            yield plain(True, f"scanner {scanner.id}: {scanner.folder}")


def _page(settings: Settings) -> Iterator[Examined]:
    from workers.access.reach import must_be_safe
    from workers.pages.serve import who_listens, whose_page

    console = settings.console
    where = f"{console.host}:{console.port}"
    must_be_safe(settings)
    user = who_listens(console.host, console.port) if console.port else None
    if user in {None, whose_page(settings.here)}:
        yield plain(True, f"counter page: {where}" + (", running" if user else ""))
    else:
        yield finding("port_taken", where=where, user=str(user))
    yield from _who_may_come(settings)


def _updates(settings: Settings) -> Iterator[Examined]:
    if settings.updates is None:
        yield plain(True, "rules, providers and forms are the point's own files")
        return
    from intake.base.taken import read_taken
    from workers.publish.update import damage, pinned

    pinned(settings.updates)
    taken = read_taken(settings.updates_folder)
    if taken is None or taken.now is None:
        yield plain(True, "no update was taken; rules, providers and forms are the point's own files")
        return
    wrong = damage(settings)
    before = taken.before.name if taken.before else "the point's own files"
    text = f"rules, providers and forms are {taken.now.name}, signed {taken.now.signed}; kept before it: {before}"
    yield plain(wrong is None, wrong or text)


def _rules(settings: Settings) -> Iterator[Examined]:
    from workers.run.own_rules import rules_in_use
    from workers.run.proved_rules import proved_rules

    if settings.providers is None or settings.routing is None:
        yield finding("no_folders")
        return
    providers = load_providers(settings.providers.directory)
    found = rules_in_use(settings, providers, SystemClock())
    rules = found.rules
    if found.problem is not None:
        yield finding("rules_refused", problem=found.problem, version=rules.version)
    yield plain(True, f"{len(rules.rules)} routing rules, version {rules.version}, for {len(providers)} providers")
    if found.problem is None:
        try:
            proved_rules(settings, providers, SystemClock(), words=True)
        except BadFile as error:
            yield plain(False, error.message, blocks=False)
    here, areas = settings.here, rules.areas.values()
    if here.municipality is None and not any(here.id in area.points for area in areas):
        yield finding("no_municipality", blocks=False)
    elif here.municipality and not any(here.municipality in area.municipalities for area in areas):
        yield finding("strange_municipality", blocks=False, municipality=here.municipality)


def _forms(settings: Settings) -> Iterator[Examined]:
    from intake.check import without_demands
    from intake.forms.load import valid_on
    from workers.run.open_point import definitions_of
    from workers.run.own_forms import problems_of

    definitions = definitions_of(settings)
    on = today(SystemClock(), settings.here.as_of)
    yield plain(
        True, f"{len(definitions)} editions of forms, {len(valid_on(definitions, on))} valid on {on.isoformat()}"
    )
    for problem in problems_of(definitions):
        yield finding("forms_broken", problem=str(problem))
    for edition in without_demands(definitions, on):
        yield finding("no_demands", blocks=False, definition=str(edition.definition))


def _matters(settings: Settings) -> Iterator[Examined]:
    from routing_rules.matters import load_matters
    from workers.pages.matters import folders_of

    found = load_matters(folders_of(settings.matters))
    yield plain(True, f"{len(found.cards)} matters for the counter's search")


def _keys(settings: Settings) -> Iterator[Examined]:
    from workers.ledger.opening import open_vault

    open_vault(settings)
    if (settings.keys.directory / "ca.key.pem").is_file() and settings.here.as_of is None:
        yield finding("ca_key", blocks=False)
    same_disk = settings.keys.directory.stat().st_dev == settings.here.data.parent.stat().st_dev
    apart = plain(True, "keys lie on another device than the data")
    yield finding("same_disk", blocks=False) if same_disk else apart


def _sending(settings: Settings) -> Iterator[Examined]:
    from workers.doctor.sending import examine_sending
    from workers.run.open_point import scratch_folder

    yield from examine_sending(settings, scratch_folder(settings))


def _figures(settings: Settings) -> Iterator[Examined]:
    found = last_told(settings, "figures")
    if settings.figures.push and found.told is not None and found.code is None:
        yield plain(True, f"the figures were put at the hub at {iso(found.told)}")
    elif settings.figures.push:
        last = SENTENCES["never"] if found.told is None else iso(found.told)
        yield finding("figures_untold", blocks=False, told=last, code=found.code or "–")


def _ledger(settings: Settings) -> Iterator[Examined]:
    from workers.ledger.opening import open_ledger

    with open_ledger(settings) as ledger:
        late = len(reports.overdue(ledger))
        yield finding("late", ok=not late, blocks=False, count=late)
        yield from _places(ledger, [scanner.id for scanner in settings.scanner])


def _places(ledger: Ledger, scanners: Sequence[str]) -> Iterator[Examined]:
    """Find papers that no running machine works on, and ids of `scanners` that another machine's blobs use too."""
    for scan in stranded(ledger):
        last = scan.served_by
        where = SENTENCES["of_nobody"]
        if last is not None:
            where = SENTENCES["of_machine"].filled(host=last.host, point=last.point, seen=last.seen)
        yield finding("stranded", blocks=False, count=scan.filings, since=scan.since, where=where)
    for scanner, other in double_scanners(ledger, scanners):
        yield finding("double_scanner", scanner=scanner, host=other.host, point=other.point)


def _who_may_come(settings: Settings) -> Iterator[Examined]:
    """How the page is reached and who signs in."""
    console = settings.console
    if console.certificate is not None:
        yield plain(True, f"the page is reached by https, with {console.certificate}")
        found = load_certificates(console.certificate)[:1]
        yield from how_long("page", found, datetime.now(UTC))
    elif console.proxy:
        proxies = ", ".join(str(address) for address in console.proxy)
        yield plain(True, f"the page is reached by https through {proxies}, and answers nobody else")
    else:
        yield plain(True, "the page is reached from this machine only")
    with open_access(settings) as access:
        people = [person for person in listed(access) if person.removed is None]
    if people:
        since = "; a demo asks for it from its page's next start on" if is_exercise(settings) else ""
        yield plain(True, f"{len(people)} people may sign in to the page (vireille people list){since}")
    elif is_exercise(settings):
        yield plain(True, "a demo: whoever uses this machine may do everything on the page")
    else:
        yield finding("nobody", blocks=False)
