"""Is this machine, and this point, fit to run? Each finding says what was looked at and what to do."""

import os
import shutil
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from intake.base.clock import SystemClock, today
from intake.base.errors import BadFile, VireilleError
from intake.base.settings import Settings, load_settings
from routing_rules.providers import load_providers
from workers.access.people import listed
from workers.access.reach import is_exercise
from workers.access.store import open_access
from workers.doctor.finding import Examined, how_long
from workers.ledger import Ledger, reports
from workers.ledger.places import double_scanners, stranded
from workers.seal.keys import load_certificates

RELEASED = datetime(2026, 11, 27, tzinfo=UTC)
LOW_WATER_BYTES = 200_000_000


def examine(config: Path) -> list[Examined]:
    """All findings, the machine's first."""
    found = list(_machine())
    try:
        settings = load_settings(config)
    except VireilleError as error:
        return [*found, *_tried(_imaging), Examined(False, error.message)]
    if settings.point is None:
        from workers.doctor.office import examine_office

        return [*found, Examined(True, f"settings {settings.file}"), *examine_office(settings)]
    required = settings.jail.walls == "required"
    found += [*_tried(partial(_imaging, walls_required=required)), Examined(True, f"settings {settings.file}")]
    for part in (_data, _folders, _page, _updates, _rules, _forms, _matters, _keys, _sending, _ledger):
        found.extend(_tried(partial(part, settings)))
    return found


def _tried(part: Callable[[], Iterator[Examined]]) -> list[Examined]:
    """Give what `part` finds; an error ends that part only."""
    found: list[Examined] = []
    try:
        found.extend(part())
    except VireilleError as error:
        found.append(Examined(False, error.message))
    return found


def _machine() -> Iterator[Examined]:
    yield Examined(sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}")
    yield Examined(True, ssl.OPENSSL_VERSION)
    yield Examined(datetime.now(UTC) >= RELEASED, "the clock is not older than this release")


def _imaging(*, walls_required: bool = False) -> Iterator[Examined]:
    from intake.jail.jail import jail_weakness, root_becomes_nobody
    from intake.text.tesseract import tesseract_ready

    weakness = jail_weakness()
    or_else = '; or set walls = "best" in [jail], if you accept weaker walls' if walls_required else ""
    weak = f"files are opened under resource limits only: {weakness}{or_else}"
    yield Examined(not weakness, weak if weakness else "files are opened in a full jail", blocks=walls_required)
    if not weakness and os.geteuid() == 0 and not root_becomes_nobody():
        text = "the program runs as root and stays root in the jail: run it as a user that owns only its folders"
        yield Examined(False, text, blocks=False)
    missing = tesseract_ready()
    lacks = f"Tesseract lacks {', '.join(missing)}: apt-get install tesseract-ocr tesseract-ocr-fin tesseract-ocr-swe"
    yield Examined(not missing, lacks if missing else "Tesseract reads Finnish and Swedish")


def _data(settings: Settings) -> Iterator[Examined]:
    from workers.run.open_point import scratch_folder

    data = settings.here.data
    where = next(place for place in (data, *data.parents) if place.exists())
    free = shutil.disk_usage(where).free
    yield Examined(free > LOW_WATER_BYTES, f"{free // 1_000_000} MB free for {data}", blocks=False)
    scratch = scratch_folder(settings)
    in_memory = data not in scratch.parents
    yield Examined(
        in_memory, f"plaintext passes through {scratch}" + ("" if in_memory else ", which is on the disk"), blocks=False
    )


def _folders(settings: Settings) -> Iterator[Examined]:
    from scanners.folder import opened

    for scanner in settings.scanner:
        with opened(scanner.folder, must_be_marked=scanner.mode == "remote"):
            yield Examined(True, f"scanner {scanner.id}: {scanner.folder}")


def _page(settings: Settings) -> Iterator[Examined]:
    from workers.access.reach import must_be_safe
    from workers.pages.serve import who_listens, whose_page

    console = settings.console
    where = f"{console.host}:{console.port}"
    must_be_safe(settings)
    user = who_listens(console.host, console.port) if console.port else None
    if user in {None, whose_page(settings.here)}:
        yield Examined(True, f"counter page: {where}" + (", running" if user else ""))
    else:
        yield Examined(False, f"counter page: {where} is in use by {user}; stop that, or set another [console] port")
    yield from _who_may_come(settings)


def _updates(settings: Settings) -> Iterator[Examined]:
    if settings.updates is None:
        yield Examined(True, "rules, providers and forms are the point's own files")
        return
    from intake.base.taken import read_taken
    from workers.publish.update import damage, pinned

    pinned(settings.updates)
    taken = read_taken(settings.updates_folder)
    if taken is None or taken.now is None:
        yield Examined(True, "no update was taken; rules, providers and forms are the point's own files")
        return
    wrong = damage(settings)
    before = taken.before.name if taken.before else "the point's own files"
    text = f"rules, providers and forms are {taken.now.name}, signed {taken.now.signed}; kept before it: {before}"
    yield Examined(wrong is None, wrong or text)


def _rules(settings: Settings) -> Iterator[Examined]:
    from workers.run.own_rules import rules_in_use
    from workers.run.proved_rules import proved_rules

    if settings.providers is None or settings.routing is None:
        yield Examined(False, "[providers] directory and [routing] rules must be set")
        return
    providers = load_providers(settings.providers.directory)
    found = rules_in_use(settings, providers, SystemClock())
    rules = found.rules
    if found.problem is not None:
        text = f"{found.problem}; the point works on with the rules {rules.version} that it had, mend the file"
        yield Examined(False, text)
    yield Examined(True, f"{len(rules.rules)} routing rules, version {rules.version}, for {len(providers)} providers")
    if found.problem is None:
        try:
            proved_rules(settings, providers, SystemClock(), words=True)
        except BadFile as error:
            yield Examined(False, error.message, blocks=False)
    here, areas = settings.here, rules.areas.values()
    if here.municipality is None and not any(here.id in area.points for area in areas):
        text = "no municipality is set: papers that go by region wait for a person; set [point] municipality"
        yield Examined(False, text, blocks=False)
    elif here.municipality and not any(here.municipality in area.municipalities for area in areas):
        text = (
            f"no area of the rules has the municipality {here.municipality}: papers that go by region wait for a person"
        )
        yield Examined(False, text, blocks=False)


def _forms(settings: Settings) -> Iterator[Examined]:
    from intake.check import without_demands
    from intake.forms.load import valid_on
    from workers.run.open_point import definitions_of
    from workers.run.own_forms import problems_of

    definitions = definitions_of(settings)
    on = today(SystemClock(), settings.here.as_of)
    yield Examined(
        True, f"{len(definitions)} editions of forms, {len(valid_on(definitions, on))} valid on {on.isoformat()}"
    )
    for problem in problems_of(definitions):
        yield Examined(False, f"{problem}; a running point keeps the forms it has")
    for edition in without_demands(definitions, on):
        text = f"{edition.definition}: nobody has said what it needs, so its papers wait (see 'vireille forms lint')"
        yield Examined(False, text, blocks=False)


def _matters(settings: Settings) -> Iterator[Examined]:
    from routing_rules.matters import load_matters
    from workers.pages.matters import folders_of

    found = load_matters(folders_of(settings.matters))
    yield Examined(True, f"{len(found.cards)} matters for the counter's search")


def _keys(settings: Settings) -> Iterator[Examined]:
    from workers.ledger.opening import open_vault

    open_vault(settings)
    if (settings.keys.directory / "ca.key.pem").is_file() and settings.here.as_of is None:
        text = "ca.key.pem lies here; it only makes signing certificates: keep it elsewhere until 'keys rotate'"
        yield Examined(False, text, blocks=False)
    same_disk = settings.keys.directory.stat().st_dev == settings.here.data.parent.stat().st_dev
    yield Examined(
        not same_disk,
        "keys lie on another device than the data" if not same_disk
        else "keys and data share a disk: put the vault key elsewhere (VIREILLE_VAULT_KEY_FILE)",
        blocks=False,
    )  # fmt: skip


def _sending(settings: Settings) -> Iterator[Examined]:
    from workers.doctor.sending import examine_sending
    from workers.run.open_point import scratch_folder

    yield from examine_sending(settings, scratch_folder(settings))


def _ledger(settings: Settings) -> Iterator[Examined]:
    from workers.ledger.opening import open_ledger

    with open_ledger(settings) as ledger:
        late = len(reports.overdue(ledger))
        yield Examined(not late, f"{late} filings are older than their state allows", blocks=False)
        yield from _places(ledger, [scanner.id for scanner in settings.scanner])


def _places(ledger: Ledger, scanners: Sequence[str]) -> Iterator[Examined]:
    """Find papers that no running machine works on, and ids of `scanners` that another machine's blobs use too."""
    for scan in stranded(ledger):
        last = scan.served_by
        who = f"those of {last.host} (point {last.point}), last at work {last.seen}" if last else "on no known machine"
        files = f"{scan.filings} filings wait since {scan.since}: their files are {who}"
        yield Examined(False, f"{files}; start it, or copy its folder of blobs into this machine's", blocks=False)
    for scanner, other in double_scanners(ledger, scanners):
        whose = f"scanner '{scanner}' is also one of {other.host} (point {other.point})"
        yield Examined(False, f"{whose}; give each an id of its own")


def _who_may_come(settings: Settings) -> Iterator[Examined]:
    """How the page is reached and who signs in."""
    console = settings.console
    if console.certificate is not None:
        yield Examined(True, f"the page is reached by https, with {console.certificate}")
        found = load_certificates(console.certificate)[:1]
        yield from how_long("the page's certificate", found, datetime.now(UTC), then="put a new one in its place")
    elif console.proxy:
        proxies = ", ".join(str(address) for address in console.proxy)
        yield Examined(True, f"the page is reached by https through {proxies}, and answers nobody else")
    else:
        yield Examined(True, "the page is reached from this machine only")
    with open_access(settings) as access:
        people = [person for person in listed(access) if person.removed is None]
    if people:
        since = "; a demo asks for it from its page's next start on" if is_exercise(settings) else ""
        yield Examined(True, f"{len(people)} people may sign in to the page (vireille people list){since}")
    elif is_exercise(settings):
        yield Examined(True, "a demo: whoever uses this machine may do everything on the page")
    else:
        yield Examined(
            False, "nobody may sign in to the page yet: vireille people add NAME --role advisor", blocks=False
        )
