"""Retention (H-06), destruction by a person, orphans (A-15), backup and the restore drill (D-09, A-11)."""

from datetime import timedelta
from pathlib import Path

import pytest

from intake.base.arrival import Arrival
from intake.base.errors import Damaged, NotFound, WrongUse
from intake.base.ids import keyed_id
from intake.base.states import State
from tests.ledger.conftest import START, Desk
from workers.ledger import Blobs, Changes, Person, Vault, claimed, people, reports, retention, scans, verify
from workers.ledger.backup import back_up, restore
from workers.ledger.claim import claim
from workers.ledger.opening import open_ledger_at
from workers.ledger.recent import entry
from workers.ledger.verify import ORPHAN_SECONDS

KEEP = timedelta(days=30)
CLERK = Person(advisor="Maija", reason="asiakas perui")


def confirmed(desk: Desk) -> tuple[str, str, str]:
    """A confirmed filing with a picture; its id and the hashes of its scan and its picture."""
    picture = desk.blobs.put(b"picture %d" % next(desk.numbers))
    facts = {State.READ: Changes(facts={"pictures": {"1": picture}, "secret": "x"})}
    last = {State.SEALED: Changes(bundle=f"b{next(desk.numbers)}"), State.CONFIRMED: Changes(receipt=b"signed")}
    filing = desk.walk(State.CONFIRMED, facts | last)
    return filing, str(reports.show(desk.ledger, filing)["pages"][0]["scan"]), picture


def test_h_06_content_goes_when_its_time_is_over_and_the_proof_stays(desk: Desk) -> None:
    """After the kept time no blob and no content is left; events, receipt and chain are."""
    filing, scan, picture = confirmed(desk)
    assert retention.purge_due(desk.ledger, desk.blobs, KEEP) == 0

    desk.clock.pass_(KEEP.total_seconds() + 1)
    _age_all(desk)
    assert retention.purge_due(desk.ledger, desk.blobs, KEEP) == 1

    assert not desk.blobs.has(scan)
    assert not desk.blobs.has(picture)
    assert entry(desk.ledger, filing).private.facts == {}
    shown = reports.show(desk.ledger, filing)
    assert (shown["state"], shown["label"]) == ("purged", None)
    assert reports.receipt(desk.ledger, filing) == b"signed"
    assert verify.verify(desk.ledger, desk.blobs) == []
    assert retention.purge_due(desk.ledger, desk.blobs, KEEP) == 0


def test_h_06_a_blob_that_another_filing_stands_on_stays(desk: Desk) -> None:
    """Two filings with the same picture: purging one leaves it to the other."""
    shared = desk.blobs.put(b"a blank page")
    old, _, _ = confirmed(desk)
    desk.clock.pass_(KEEP.total_seconds() + 1)
    new = desk.walk(State.READ, {State.READ: Changes(facts={"picture": shared})})
    _age_all(desk)

    retention.purge_due(desk.ledger, desk.blobs, KEEP)

    assert (desk.state(old), desk.state(new)) == (State.PURGED, State.READ)
    assert desk.blobs.has(shared)
    assert verify.verify(desk.ledger, desk.blobs) == []


def test_h_06_of_a_split_scan_the_bytes_stay_until_the_last_part_goes(desk: Desk) -> None:
    """A scan's bytes belong to all its filings."""
    desk.accept()
    claimed.advance(desk.ledger, desk.claim(State.ACCEPTED), State.OPENED, changes=Changes(pages=(1, 2)))
    parts = [Changes(pages=(1,)), Changes(pages=(2,))]
    first, second = claimed.split(desk.ledger, desk.claim(State.OPENED), State.RECOGNISED, parts)
    for filing in (first, second):
        people.hold(desk.ledger, filing, CLERK)
    scan = str(reports.show(desk.ledger, first)["pages"][0]["scan"])
    desk.clock.pass_(ORPHAN_SECONDS + 1)
    _age_all(desk)

    retention.destroy(desk.ledger, first, desk.blobs, CLERK)
    assert desk.blobs.has(scan)
    retention.destroy(desk.ledger, second, desk.blobs, CLERK)
    assert not desk.blobs.has(scan)


def test_only_a_named_person_with_a_reason_destroys(desk: Desk) -> None:
    """P1: the one way out besides delivery has a name and a reason, and is not open to what is on its way."""
    held, going = desk.walk(State.HELD), desk.walk(State.SEALED)

    with pytest.raises(WrongUse):
        retention.destroy(desk.ledger, held, desk.blobs, Person(advisor="Maija"))
    with pytest.raises(WrongUse):
        retention.destroy(desk.ledger, going, desk.blobs, CLERK)
    with pytest.raises(NotFound):
        retention.destroy(desk.ledger, "nothing", desk.blobs, CLERK)
    retention.destroy(desk.ledger, held, desk.blobs, CLERK)

    last = reports.show(desk.ledger, held)["events"][-1]
    assert (last["what"], last["advisor"], last["reason"]) == ("destroyed", "Maija", "asiakas perui")
    assert verify.verify(desk.ledger, desk.blobs) == []


def _age_all(desk: Desk) -> None:
    """Make every blob as old as the fake clock says that it is."""
    import os

    for name in desk.blobs.names():
        os.utime(desk.blobs.folder / name[:2] / name, (0, 0))


def test_a_15_of_many_blobs_some_at_a_time_every_orphan_goes_and_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A point keeps a hundred thousand: the ledger is never asked for all of them at once, and none is passed by."""
    monkeypatch.setattr("workers.ledger.verify._AT_ONCE", 2)
    wanted = {desk.accept().scan for _ in range(5)}
    orphans = {desk.blobs.put(b"orphan %d" % number) for number in range(7)}
    _age_all(desk)

    assert verify.sweep_orphans(desk.ledger, desk.blobs) == len(orphans)

    assert set(desk.blobs.names()) == wanted
    assert verify.verify(desk.ledger, desk.blobs) == []


def test_a_15_only_orphans_older_than_any_writer_are_swept(desk: Desk) -> None:
    """A blob without a row stays for 36 hours to the second, in case its writer is only slow."""
    import os

    orphan, kept = desk.blobs.put(b"orphan"), desk.accept().scan
    path = desk.blobs.folder / orphan[:2] / orphan
    now = desk.clock.now().timestamp()

    os.utime(path, (now, now - ORPHAN_SECONDS + 1))
    assert verify.sweep_orphans(desk.ledger, desk.blobs) == 0
    os.utime(path, (now, now - ORPHAN_SECONDS - 1))
    os.utime(desk.blobs.folder / kept[:2] / kept, (0, 0))
    assert verify.sweep_orphans(desk.ledger, desk.blobs) == 1
    assert (desk.blobs.has(orphan), desk.blobs.has(kept)) == (False, True)


def test_a_15_an_old_orphan_that_is_kept_again_is_not_swept(desk: Desk) -> None:
    """The same bytes put once more count as young, for their row may be about to come."""
    import os

    orphan = desk.blobs.put(b"orphan")
    os.utime(desk.blobs.folder / orphan[:2] / orphan, (0, 0))
    desk.blobs.put(b"orphan")

    assert verify.sweep_orphans(desk.ledger, desk.blobs) == 0


def test_refused_bytes_are_not_swept(desk: Desk) -> None:
    """What a person has still to look at stays, though no filing stands on it."""
    refused = desk.blobs.put(b"no pdf")
    scans.refuse(desk.ledger, Arrival("tiski-1", "x.pdf", 6, START, sha256=refused), "not_supported")
    _age_all(desk)

    assert verify.sweep_orphans(desk.ledger, desk.blobs) == 0


def test_restore_drill_brings_back_everything_up_to_the_copy(embedded: Desk, tmp_path: Path) -> None:
    """All that was acknowledged before the copy is there again, verified, and work goes on; nothing is overwritten."""
    before = [embedded.walk(State.WAITING), embedded.walk(State.READ)]
    copied = back_up(embedded.ledger, embedded.blobs, tmp_path / "backup")
    embedded.walk(State.OPENED)
    embedded.ledger.close()
    lost = tmp_path / "data"
    (lost / "ledger.db").write_bytes(b"not a database")

    assert restore(tmp_path / "backup", lost, clock=embedded.clock, vault=embedded.vault) == []

    again = embedded.again()
    assert [str(filing["id"]) for filing in reports.status(again)["filings"]] == before
    assert reports.last_event(again) == copied.events + 1
    people.release(again, before[0], CLERK)
    again.close()
    assert len(list(lost.glob("replaced-*/ledger.db"))) == 1


def test_d_09_after_a_restore_a_bundle_gets_the_name_it_had(embedded: Desk, tmp_path: Path) -> None:
    """What went out after the copy was made is sealed anew under the same name, so the provider drops the repeat."""
    key = embedded.vault.derive("bundles")
    filing = embedded.walk(State.ROUTED)
    back_up(embedded.ledger, embedded.blobs, tmp_path / "backup")
    first = embedded.claim(State.ROUTED)
    name = keyed_id(key, first.filing, str(first.sealing))
    claimed.advance(embedded.ledger, first, State.SEALED, changes=Changes(bundle=name))
    embedded.go_on(filing, State.CONFIRMED)
    embedded.ledger.close()

    assert restore(tmp_path / "backup", tmp_path / "data", clock=embedded.clock, vault=embedded.vault) == []

    ledger = embedded.again()
    again = claim(ledger, [State.ROUTED], worker="w", lease_seconds=60)
    assert again is not None
    assert keyed_id(key, again.filing, str(again.sealing)) == name
    ledger.close()


def test_a_second_copy_adds_to_the_first(embedded: Desk, tmp_path: Path) -> None:
    """Blobs that are in the copy already are not copied again, and the copy holds the newest ledger."""
    embedded.walk(State.READ)
    first = back_up(embedded.ledger, embedded.blobs, tmp_path / "backup")
    embedded.walk(State.READ)
    second = back_up(embedded.ledger, embedded.blobs, tmp_path / "backup")

    assert (first.blobs, second.blobs) == (1, 2)
    assert restore(tmp_path / "backup", tmp_path / "new", clock=embedded.clock, vault=embedded.vault) == []
    assert len(Blobs(tmp_path / "new/blobs", embedded.vault).folder.glob("??/*").__iter__().__next__().name) == 64


def test_an_unfinished_copy_is_not_restored(embedded: Desk, tmp_path: Path) -> None:
    """A copy that could not be completed is not taken for one."""
    scan = embedded.accept().scan
    (embedded.blobs.folder / scan[:2] / scan).unlink()

    with pytest.raises(Damaged):
        back_up(embedded.ledger, embedded.blobs, tmp_path / "backup")
    with pytest.raises(NotFound):
        restore(tmp_path / "backup", tmp_path / "new", clock=embedded.clock, vault=embedded.vault)


def test_a_copy_needs_its_vault_key(embedded: Desk, tmp_path: Path) -> None:
    """With another key nothing of the copy could be read: it is refused, and the sentence says what is wanted."""
    embedded.walk(State.READ)
    back_up(embedded.ledger, embedded.blobs, tmp_path / "backup")

    with pytest.raises(WrongUse, match="vault key"):
        restore(tmp_path / "backup", tmp_path / "new", clock=embedded.clock, vault=Vault(b"x" * 32))


def test_f_09_nothing_readable_lies_on_the_disk(embedded: Desk, tmp_path: Path) -> None:
    """Content, names and reasons are in no byte of the data folder or of a copy of it, in UTF-8 or UTF-16."""
    canary = "Kanarialintu 010594Y9032"
    scan = embedded.new_scan(canary.encode() * 5000, label=f"{canary}.pdf")
    scans.accept(embedded.ledger, (scan,))
    embedded.go_on(
        str(reports.status(embedded.ledger)["filings"][0]["id"]),
        State.WAITING,
        {State.READ: Changes(facts={"fields": {"nimi": canary}})},
    )
    filing = str(reports.status(embedded.ledger)["filings"][0]["id"])
    people.release(embedded.ledger, filing, Person(advisor=canary, reason=canary, identity=canary))
    back_up(embedded.ledger, embedded.blobs, tmp_path / "backup")

    found = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file()
        for word in ("Kanarialintu", "010594Y9032")
        if word.encode() in path.read_bytes() or word.encode("utf-16-le") in path.read_bytes()
    ]
    assert found == []


def test_a_reader_makes_no_ledger(tmp_path: Path, embedded: Desk) -> None:
    """Asking for the status of nothing is wrong use and leaves nothing behind."""
    with pytest.raises(WrongUse):
        open_ledger_at(
            f"sqlite:///{tmp_path}/none/ledger.db", clock=embedded.clock, vault=embedded.vault, readonly=True
        )
    assert not (tmp_path / "none").exists()
    with embedded.again(readonly=True) as reader:
        assert reports.status(reader)["filings"] == []
