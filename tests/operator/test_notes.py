"""Notes of points at the hub: believed only when they are true and not older than what is known."""

from datetime import timedelta
from pathlib import Path

from tests.seal.world import NOW, make_world
from workers.deliver.folder import FolderStore
from workers.seal import certificates
from workers.seal.keys import Identity
from workers.seal.trust import TrustedPoint
from workers.send.notes import Note, NoteRead, note_key, read_notes, send_note


def note(point: str = "saarijarvi", seconds: int = 0, **body: int) -> Note:
    """A point's word, so many seconds after now."""
    return Note(kind="health", point=point, at=NOW + timedelta(seconds=seconds), body=dict(body))


def other_point(name: str) -> tuple[Identity, TrustedPoint]:
    """Another point's signer, and its CA as an operator trusts it."""
    ca = certificates.new_ca(name, now=NOW)
    return certificates.new_signing(name, ca, now=NOW), TrustedPoint(ca.certificate, name)


def test_a_note_that_is_not_true_is_named_and_the_last_true_one_stays(tmp_path: Path) -> None:
    """Put back, in another's name, altered, unsigned, of a point nobody knows; and a hub that lost everything."""
    world, store = make_world(), FolderStore(tmp_path / "hub")
    mikkeli, trusted_mikkeli = other_point("mikkeli")
    trusted = (*world.trusted, trusted_mikkeli)
    key = note_key("saarijarvi", "health")

    def read(now: int = 200) -> dict[str, NoteRead]:
        found = read_notes(store, "health", trusted, kept=tmp_path / "kept", now=NOW + timedelta(seconds=now))
        return {one.point: one for one in found}

    send_note(store, world.point.signer, note(papers=1))
    old = store.read(key, 100_000)
    send_note(store, world.point.signer, note(seconds=90, papers=2))
    new = store.read(key, 100_000)
    send_note(store, mikkeli, note("mikkeli", papers=3))
    store.replace("notes/saarijarvi/readme.txt", b"somebody's")

    first = read()
    assert [(point, one.note and one.note.body, one.problem) for point, one in first.items()] == [
        ("mikkeli", {"papers": 3}, None),
        ("saarijarvi", {"papers": 2}, None),
    ]

    stranger, _ = other_point("oulu")
    in_its_name, _ = other_point("saarijarvi")
    wrong = {"older": old, "malformed": b"rubbish", "altered": new.replace(b'"papers":2', b'"papers":0')}
    for problem, content in wrong.items():
        store.replace(key, content)
        assert (read()["saarijarvi"].problem, read()["saarijarvi"].note) == (problem, first["saarijarvi"].note)
    for signer, said, problem in (
        (mikkeli, note(seconds=50), "in_its_name"),  # another point of ours
        (in_its_name, note(seconds=50), "unknown_point"),  # a CA of the same name that nobody bound
        (world.point.signer, note(seconds=900), "clock"),
    ):
        store.replace(key, b"")
        send_note(store, signer, said)
        assert (read()["saarijarvi"].problem, read()["saarijarvi"].note) == (problem, first["saarijarvi"].note)
    send_note(store, mikkeli, note("mikkeli", papers=4))
    store.replace(key, store.read(note_key("mikkeli", "health"), 100_000))
    send_note(store, stranger, note("oulu"))
    assert {point: one.problem for point, one in read().items()} == {
        "mikkeli": None,
        "oulu": "unknown_point",
        "saarijarvi": "in_its_name",
    }

    send_note(store, world.point.signer, note(seconds=89, papers=1))
    assert read()["saarijarvi"] == first["saarijarvi"]  # another process of the point was a moment slower
    (store.root / key).unlink()
    assert read()["saarijarvi"] == first["saarijarvi"]
    send_note(store, world.point.signer, note(seconds=120, papers=5))
    assert read()["saarijarvi"].note == note(seconds=120, papers=5)
