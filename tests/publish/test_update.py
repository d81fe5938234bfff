"""Points take what the publisher signed, all the same, never older, never half, and can go back."""

from pathlib import Path

import pytest

from intake.base import durable
from intake.base.errors import Away, BadFile, CheckFailed, DiskFull, Untrusted, WrongUse
from intake.base.taken import read_taken
from routing_rules.load import load_rules
from tests.publish.conftest import Point, Town
from workers.deliver.folder import FolderStore
from workers.doctor.point import examine
from workers.publish import publish as publishing
from workers.publish import update as updates

COMMENT = "\n# another version\n"


def rules_version(point: Point) -> str:
    """Of the rules a point uses."""
    routing = point.settings.routing
    assert routing is not None
    return load_rules(routing.rules).version


def test_two_points_take_the_same_set(town: Town) -> None:
    """Both use the rules and providers of the package from then on, and say its name."""
    one, other = town.point("one"), town.point("other")
    before = rules_version(one)
    town.publish(town.set(rule=COMMENT))

    done = [point.update() for point in (one, other)]

    assert all(update.took for update in done)
    assert rules_version(one) == rules_version(other) != before
    assert [point.settings.catalogue for point in (one, other)] == ["main-1", "main-1"]
    assert one.settings.providers is not None
    assert one.settings.providers.directory.is_relative_to(one.config.parent / "data" / "updates")


def test_looking_takes_nothing(town: Town) -> None:
    """`--check` names what is newer."""
    point = town.point("one")
    town.publish(town.set())

    done = point.update(check=True)

    assert (done.newer, done.took, point.settings.catalogue) == ((1,), False, None)


def test_the_newest_is_taken_and_nothing_twice(town: Town) -> None:
    """Versions in between are skipped; a second update has nothing to do."""
    point = town.point("one")
    for number in range(3):
        town.publish(town.set(f"set{number}", rule=COMMENT * number))

    point.update()
    again = point.update()

    assert point.settings.catalogue == "main-3"
    assert (again.took, again.newer) == (False, ())


def test_a_point_that_never_updated_uses_its_own_files(town: Town) -> None:
    """So does one whose operator leaves [updates] out again."""
    point = town.point("one")
    own = rules_version(point)
    town.publish(town.set(rule=COMMENT))
    point.update()
    taken = rules_version(point)

    point.config.write_text(point.config.read_text().split("[updates]")[0])

    assert rules_version(point) == own != taken


def test_an_old_package_is_never_taken_again(town: Town) -> None:
    """A true package of before is refused under its own number and under a new one (downgrade, replay)."""
    point = town.point("one")
    town.publish(town.set("a"))
    old = town.package(1).read_bytes()
    town.publish(town.set("b", rule=COMMENT))
    point.update()

    town.package(2).unlink()
    assert point.update().newer == ()
    town.package(3).write_bytes(old)
    with pytest.raises(Untrusted, match="another channel or version"):
        point.update()

    assert point.settings.catalogue == "main-2"


def test_a_package_of_another_channel_is_refused(town: Town) -> None:
    """A true package for the trial points does not become one for all by being copied."""
    point = town.point("one")
    town.publish(town.set(), channel="trial")
    town.package(1).parent.mkdir()
    town.package(1).write_bytes((town.store.root / "updates" / "trial" / "00000001.asics").read_bytes())

    with pytest.raises(Untrusted, match="another channel or version"):
        point.update()


def test_going_back_and_forward(town: Town) -> None:
    """Back to the kept set, then to the point's own files; what was left stays left until something newer comes."""
    point = town.point("one")
    own = rules_version(point)
    town.publish(town.set("a", rule=COMMENT))
    point.update()
    first = rules_version(point)
    town.publish(town.set("b", rule=COMMENT * 2))
    point.update()

    point.back()
    assert (point.settings.catalogue, rules_version(point)) == ("main-1", first)
    assert not point.update().took
    point.back()
    assert (point.settings.catalogue, rules_version(point)) == (None, own)
    with pytest.raises(WrongUse, match="nothing to go back to"):
        point.back()
    town.publish(town.set("c", rule=COMMENT * 3))
    assert point.update().took
    assert point.settings.catalogue == "main-3"


def test_a_set_of_an_earlier_release_comes_back_when_it_is_needed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be refused today is told, and the set is in use again."""
    point, folder = town.point("one"), town.set("old")
    vero = folder / "rules" / "vero.toml"
    vero.write_text(vero.read_text().replace('form = ["vero-3602"]', 'form = ["vero-3602"], edition = []'))
    with monkeypatch.context() as earlier:
        for module in (publishing, updates):
            earlier.setattr(module, "prove", lambda *_, **__: [])
        town.publish(folder)
        point.update()
    town.publish(town.set("new"))
    point.update()

    done = point.back()

    assert point.settings.catalogue == "main-1"
    assert ["the list is empty" in problem for problem in done.problems] == [True]


def test_old_sets_do_not_pile_up(town: Town) -> None:
    """The one before is kept, and one more that a running point may still use; what a crash left is swept."""
    point = town.point("one")
    for number in range(4):
        town.publish(town.set(f"set{number}", rule=COMMENT * number))
        point.update()

    (point.sets[0].parent / f"{durable.TEMP_MARK}1-dead").mkdir()
    town.publish(town.set("last", rule=COMMENT * 5))
    point.update()

    assert [path.name[:8] for path in point.sets] == ["00000003", "00000004", "00000005"]


def test_an_unreachable_store_changes_nothing(town: Town) -> None:
    """Away is raised; the set in use stays."""
    point = town.point("one")
    town.publish(town.set("a"))
    point.update()
    town.publish(town.set("b", rule=COMMENT))

    class Gone(FolderStore):
        def get(self, key: str, target: Path) -> str:
            raise Away("gone")

    with pytest.raises(Away):
        updates.update(updates.Updating(point.updating.own, Gone(town.store.root), town.clock))

    assert point.settings.catalogue == "main-1"
    assert point.update().took


@pytest.mark.parametrize("call", [1, 2, 12, 23, 24, 25])
def test_a_crash_at_any_write_leaves_the_old_set_in_use(town: Town, monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    """I-06: whatever write or rename is the last one, the point uses the old set whole or the new one whole."""
    point = town.point("one")
    town.publish(town.set("a"))
    point.update()
    old = rules_version(point)
    town.publish(town.set("b", rule=COMMENT))
    real, left = durable.write, [call]

    def dying(path: Path, chunks: object, *, mode: int = 0o600) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise DiskFull("power cut")
        real(path, chunks, mode=mode)  # type: ignore[arg-type]

    monkeypatch.setattr(durable, "write", dying)
    try:
        took = point.update().took
    except DiskFull:
        took = False
    monkeypatch.setattr(durable, "write", real)

    assert took == (left[0] > 0)
    assert point.settings.catalogue == ("main-2" if took else "main-1")
    assert (rules_version(point) == old) != took
    assert updates.damage(point.updating.own) is None
    point.update()
    assert point.settings.catalogue == "main-2"


def test_a_cut_before_the_pointer_is_swept(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new set lies there whole, but nothing points at it: the old one is in use, the next update clears up."""
    point = town.point("one")
    town.publish(town.set("a"))
    point.update()
    town.publish(town.set("b", rule=COMMENT))
    with monkeypatch.context() as cut:
        cut.setattr(updates, "write_taken", lambda *_: (_ for _ in ()).throw(DiskFull("power cut")))
        with pytest.raises(DiskFull):
            point.update()
    assert (len(point.sets), point.settings.catalogue) == (2, "main-1")

    point.update()

    assert (len(point.sets), point.settings.catalogue) == (2, "main-2")


def test_an_altered_set_is_told_and_taken_anew(town: Town) -> None:
    """`doctor` names the file; an update takes the same version again, and only that one or newer."""
    point = town.point("one")
    town.publish(town.set("a"))
    town.publish(town.set("b", rule=COMMENT))
    point.update()
    kela = point.sets[-1] / "rules" / "kela.toml"
    kela.write_text(kela.read_text() + "# harmless?\n")

    bad = [one.text.en for one in examine(point.config) if not one.ok and one.blocks]
    point.update()

    assert bad == ["main-2: rules/kela.toml is altered on the disk; take it anew with 'vireille update'"]
    assert updates.damage(point.updating.own) is None
    assert point.settings.catalogue == "main-2"
    taken = read_taken(point.config.parent / "data" / "updates")
    assert taken is not None
    assert taken.before is None


def test_damage_is_no_way_to_another_version(town: Town) -> None:
    """Neither to an older one, nor to the one that a person went back from."""
    point = town.point("one")
    for number in range(3):
        town.publish(town.set(f"set{number}", rule=COMMENT * number))
        if number:
            point.update()
    point.back()
    used = next(path for path in point.sets if path.name.startswith("00000002"))
    (used / "rules" / "kela.toml").write_text("")

    assert point.update(check=True).newer == (2,)
    town.package(2).unlink()
    assert point.update(check=True).newer == ()


def test_a_set_that_is_gone_stops_the_point_and_is_taken_anew(town: Town) -> None:
    """Nothing falls back silently to other rules."""
    point = town.point("one")
    town.publish(town.set())
    point.update()
    (point.sets[-1] / "package.json").unlink()

    with pytest.raises(BadFile, match="main-1 is gone"):
        _ = point.settings
    point.update()

    assert point.settings.catalogue == "main-1"


def test_another_pin_is_refused(town: Town) -> None:
    """F-06: the file of the publisher's certificate was swapped, the fingerprint was not."""
    point = town.point("one")
    town.publish(town.set())
    ca = town.folder / "publisher" / "ca.pem"
    ca.write_bytes((town.folder / "demo" / "keys" / "ca.pem").read_bytes())

    with pytest.raises(BadFile, match="pins"):
        point.update()


def test_doctor_names_the_set(town: Town) -> None:
    """Which, from when, and what is kept before it."""
    point = town.point("one")
    town.publish(town.set())
    point.update()

    said = [one.text.en for one in examine(point.config)]

    assert any(text.startswith("rules, providers and forms are main-1, signed 2") for text in said)


def test_a_provider_with_filings_on_their_way_may_not_vanish(town: Town) -> None:
    """Its receipts could not be believed any more."""
    point = town.point("one")
    town.publish(town.set())
    own = point.updating.own

    with pytest.raises(CheckFailed, match="'trafi' is missing and filings are on their way"):
        updates.update(updates.Updating(own, town.store, town.clock, needed=frozenset({"kela", "trafi"})))

    assert point.settings.catalogue is None
