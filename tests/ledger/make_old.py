"""Write `old/version-N.sql`, a ledger as the present program makes it: `python -m tests.ledger.make_old`.

Run it when the ledger's version was raised, before the release. Later programs must bring that file to theirs, so it is
never made again once its version is released.
"""

import sqlite3
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from intake.base.filing import Document, FieldReading, FieldState, Kind, PageReading, Verdict
from intake.base.states import State
from tests.ledger.conftest import Desk, make_desk
from workers.ledger import Changes, Person, joins, retention
from workers.ledger.schema import VERSION

OLD = Path(__file__).with_name("old")
KEEP = timedelta(days=60)


def paper(form: str) -> dict[State, Changes]:
    """The changes of a complete form on its way."""
    document = Document(
        kind=Kind.FORM, form=form, pages=(PageReading(source_page=1), PageReading(source_page=2)),
        fields={"nimi": FieldReading(kind="text", state=FieldState.FILLED, value="Aino Esimerkki")},
        verdict=Verdict.COMPLETE,
    )  # fmt: skip
    return {
        State.RECOGNISED: Changes(kind=Kind.FORM, provider="vero", form=form, edition="2015-01", language="fi"),
        State.CHECKED: Changes(documents=(document,), verdict=Verdict.COMPLETE),
        State.ROUTED: Changes(provider="vero", unit="turku"),
        State.SEALED: Changes(bundle="b1" if form == "vero-5010" else "b2"),
        State.CONFIRMED: Changes(receipt=b"signed"),
    }


def fill(desk: Desk) -> None:
    """A filing purged, one confirmed, one held, one joined to its re-scan, which waits, and a paper just accepted."""
    desk.walk(State.CONFIRMED, paper("vero-5010"))
    desk.clock.pass_(KEEP.total_seconds() + 60)
    assert retention.purge_due(desk.ledger, desk.blobs, KEEP) == 1
    desk.walk(State.CONFIRMED, paper("vero-7h"))
    desk.walk(State.HELD, paper("vero-1a"))
    first, again = (desk.walk(State.WAITING, paper("vero-14a")) for _ in range(2))
    joins.join(desk.ledger, again, first, Person("Maija"))
    desk.accept()


def main() -> None:
    """Write the file of the present version."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "data" / "ledger.db"
        desk = make_desk(f"sqlite:///{file}", Path(folder))
        fill(desk)
        desk.ledger.close()
        with sqlite3.connect(file) as ledger:
            (OLD / f"version-{VERSION}.sql").write_text("\n".join(ledger.iterdump()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
