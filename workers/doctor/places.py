"""Does each paper in the ledger have a machine that can work on it, and each scanner's id one machine alone?"""

from collections.abc import Iterator, Sequence

from workers.doctor.finding import Examined
from workers.ledger import Ledger
from workers.ledger.places import double_scanners, stranded


def examine_places(ledger: Ledger, scanners: Sequence[str]) -> Iterator[Examined]:
    """Find papers that no running machine works on, and ids of `scanners` that another machine's blobs use too."""
    for one in stranded(ledger):
        last = one.served_by
        who = f"those of {last.host} (point {last.point}), last at work {last.seen}" if last else "on no known machine"
        files = f"{one.filings} filings wait since {one.since}: their files are {who}"
        yield Examined(False, f"{files}; start it, or copy its folder of blobs into this machine's", blocks=False)
    for scanner, other in double_scanners(ledger, scanners):
        whose = f"scanner '{scanner}' is also one of {other.host} (point {other.point})"
        yield Examined(False, f"{whose}; give each an id of its own")
