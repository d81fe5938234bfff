"""Where a page stands: who reaches it, by which line, and who may sign in."""

from collections.abc import Iterator
from datetime import UTC, datetime

from intake.base.settings import Settings
from workers.access.people import listed
from workers.access.reach import is_exercise
from workers.access.store import open_access
from workers.doctor.finding import Examined, how_long
from workers.seal.keys import load_certificates


def who_may_come(settings: Settings) -> Iterator[Examined]:
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
        people = [one for one in listed(access) if one.removed is None]
    if people:
        since = "; a demo asks for it from its page's next start on" if is_exercise(settings) else ""
        yield Examined(True, f"{len(people)} people may sign in to the page (vireille people list){since}")
    elif is_exercise(settings):
        yield Examined(True, "a demo: whoever uses this machine may do everything on the page")
    else:
        yield Examined(
            False, "nobody may sign in to the page yet: vireille people add NAME --role advisor", blocks=False
        )
