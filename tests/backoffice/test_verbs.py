"""The office's verbs on its folder: init, unanswered, show, forward, give-back, stats, and a lease that is lost."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import workers.backoffice
from tests.contract.desk import Desk
from tests.seal.world import World, make_world
from workers.deliver.folder import FolderStore
from workers.deliver.ports import message_from_json
from workers.deliver.table import TableQueue
from workers.seal import signature
from workers.send.receipt import receipt_from_json, receipt_key

VIREILLE = Path(sys.executable).with_name("vireille")
GUIDE = Path(workers.backoffice.__file__).parent / "GUIDE.md"


@pytest.fixture(scope="module")
def world() -> World:
    """Keys made once."""
    return make_world()


@pytest.fixture
def desk(tmp_path: Path, world: World) -> Iterator[Desk]:
    """Vero's office over a table."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "hub").mkdir()
    url = f"sqlite:///{tmp_path}/hub/queue.sqlite"
    queue, engine = TableQueue(url), create_engine(url)

    def pass_time() -> None:
        with engine.begin() as connection:
            connection.execute(text("update vireille_queue set not_before = 0"))

    made = Desk(world, tmp_path, url, queue, pass_time, lambda: 0)
    made.set_up()
    yield made
    engine.dispose()
    queue.close()


def receipt_of(desk: Desk, bundle: str) -> dict[str, object]:
    """What the office signed for the bundle."""
    signed = FolderStore(desk.folder / "hub").read(receipt_key("vero", bundle), 100_000)
    said, _ = signature.verify_embedded(signed, (desk.world.vero.certificate,))
    return receipt_from_json(said).model_dump()


def test_a_new_office_works_as_the_guide_prints_it(tmp_path: Path) -> None:
    """`inbox init`, then every command of the guide's first block runs; a second init changes nothing."""
    block = re.search(r"```\n(vireille inbox init .*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    commands = block[1].replace("/srv/vero", str(tmp_path / "vero"))
    script = re.sub(r"(?m)^vireille", str(VIREILLE), commands)

    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=False, timeout=120)
    again = subprocess.run(
        [VIREILLE, "inbox", "init", tmp_path / "vero", "--provider", "vero"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "0 waiting" in done.stdout
    assert again.returncode == 2
    assert "is not empty" in again.stderr


def test_what_lies_unanswered_is_listed_and_shown(desk: Desk) -> None:
    """Which, whose, since when; one of them with its fields by their printed names."""
    first, second = desk.send("f1", "f2")
    desk.inbox("receive")
    desk.inbox("ack", first)

    listed = json.loads(desk.inbox("unanswered", "--json").stdout)
    shown = desk.inbox("show", second).stdout
    as_json = json.loads(desk.inbox("show", second, "--json").stdout)

    assert [(one["bundle"], one["form"]) for one in listed] == [(second, "vero-5010")]
    assert "hetu: 010594Y9032" in shown
    assert as_json["bundle"] == second
    assert desk.inbox("show", "0" * 32).returncode == 4


def test_a_filing_goes_to_the_other_unit_and_the_receipt_names_it(desk: Desk) -> None:
    """Jyväskylä forwards, nothing plain stays there; Turku takes it, sealed as it was, and accepts."""
    (bundle,) = desk.send("f1")
    desk.inbox("receive", "--unit", "jyvaskyla", out="jkl")

    done = desk.inbox("forward", bundle, "--unit", "turku", out="jkl")
    left = desk.there("jkl")
    there = desk.inbox("receive", "--unit", "turku", out="tku")
    here = desk.inbox("receive", "--unit", "jyvaskyla", out="jkl")
    desk.inbox("ack", bundle, out="tku")

    assert done.returncode == 0, done.stderr
    assert left == set()
    assert "1 received" in there.stdout, there.stderr
    assert "0 received" in here.stdout
    assert (receipt_of(desk, bundle)["outcome"], receipt_of(desk, bundle)["unit"]) == ("accepted", "turku")


def test_a_unit_that_does_not_exist_is_refused(desk: Desk) -> None:
    """Nobody would ever look into its queue; the filing stays and the units that exist are named."""
    (bundle,) = desk.send("f1")
    desk.inbox("receive")

    done = desk.inbox("forward", bundle, "--unit", "turkku")

    assert done.returncode == 2
    assert "turku" in done.stderr
    assert desk.there() == {bundle}


@pytest.mark.parametrize("change", ["other bytes", "other unit", "no signature"])
def test_only_the_provider_s_own_note_forwards(desk: Desk, change: str) -> None:
    """A message that names another unit than the bundle is refused without a note for just this bundle and unit."""
    (bundle,) = desk.send("f1")
    desk.inbox("receive", "--unit", "jyvaskyla", out="jkl")
    desk.inbox("forward", bundle, "--unit", "turku", out="jkl")
    engine = create_engine(desk.url)
    with engine.begin() as connection:
        said = message_from_json(connection.execute(text("select message from vireille_queue")).scalar_one())
        forged = {
            "other bytes": {"forward": said.forward[:-40] + "A" * 36 + said.forward[-4:]},
            "other unit": {"unit": "tampere"},
            "no signature": {"forward": None},
        }[change]
        forged_message = said.model_copy(update=forged)
        connection.execute(
            text("update vireille_queue set message = :m, unit = :u"),
            {"m": forged_message.to_json(), "u": forged_message.unit},
        )
    engine.dispose()

    done = desk.inbox("receive", "--unit", forged_message.unit or "turku", out="tku")

    assert done.returncode == 3
    assert "altered" in done.stdout
    assert desk.there("tku") == set()


def test_a_returned_filing_can_say_where_it_belongs(desk: Desk) -> None:
    """The receipt names the unit; a misspelt reason or unit is refused before anything is signed."""
    (bundle,) = desk.send("f1")
    desk.inbox("receive")

    typo = desk.inbox("return", bundle, "--reason", "wrong_unti")
    nowhere = desk.inbox("return", bundle, "--reason", "wrong_unit", "--belongs-to", "turkku")
    done = desk.inbox("return", bundle, "--reason", "wrong_unit", "--belongs-to", "turku")

    assert (typo.returncode, nowhere.returncode, done.returncode) == (2, 2, 0)
    assert (receipt_of(desk, bundle)["outcome"], receipt_of(desk, bundle)["unit"]) == ("returned", "turku")


def test_a_filing_is_given_back_for_a_colleague(desk: Desk) -> None:
    """Its folder here ends, and the next who receives gets it."""
    (bundle,) = desk.send("f1")
    desk.inbox("receive", out="a")

    done = desk.inbox("give-back", bundle, out="a")
    other = desk.inbox("receive", out="b")

    assert done.returncode == 0, done.stderr
    assert (desk.there("a"), desk.there("b")) == (set(), {bundle})
    assert "1 received" in other.stdout


def test_whoever_lost_a_lease_hears_of_it_and_the_folder_moves_aside(desk: Desk) -> None:
    """A's PC was off, B has the filing: A's next round says so, nothing in A looks unanswered, and the folder ends."""
    (bundle,) = desk.send("f1")
    desk.inbox("receive", out="a")
    desk.pass_time()
    desk.inbox("receive", out="b")

    done = desk.inbox("receive", out="a")

    assert f"{bundle}: the lease is over" in done.stdout
    assert '"lease_lost"' in done.stderr
    assert json.loads(desk.inbox("unanswered", "--json", out="a").stdout) == []
    assert (desk.folder / "a/.lost" / bundle / "document.pdf").is_file()
    assert json.loads(desk.inbox("stats", "--json", out="a").stdout)["lost"] == 1

    settings = desk.folder / "vireille.toml"
    settings.write_text(settings.read_text() + "lost_days = 0\n")
    desk.inbox("receive", out="a")

    assert not (desk.folder / "a/.lost" / bundle).exists()


def test_a_lease_that_is_over_and_free_is_taken_again(desk: Desk) -> None:
    """Nobody else came: the folder stays where it is and can be answered."""
    (bundle,) = desk.send("f1")
    desk.inbox("receive")
    desk.pass_time()

    done = desk.inbox("receive")

    assert "somebody else" not in done.stdout
    assert desk.inbox("ack", bundle).returncode == 0


def test_what_was_done_and_what_failed_is_counted(desk: Desk) -> None:
    """Accepted, returned by reason, not opened by code, waiting here and in the queue."""
    bundles = desk.send("f1", "f2", "f3")
    (spoilt,) = desk.send("f4")
    with (desk.folder / f"hub/vero/{spoilt}.p7m").open("ab") as file:
        file.write(b"x")
    desk.inbox("receive")
    desk.inbox("ack", bundles[0])
    desk.inbox("return", bundles[1], "--reason", "unreadable")

    said = json.loads(desk.inbox("stats", "--json").stdout)
    later = json.loads(desk.inbox("stats", "--json", "--from", "2999-01-01").stdout)

    assert sum(said["accepted"].values()) == 1
    assert said["reasons"] == {"unreadable": 1}
    assert sum(said["failures"].values()) == 1
    assert said["unanswered"] == 1
    assert later["accepted"] == {}


def test_answered_filings_end_after_the_days_that_the_office_keeps_them(desk: Desk) -> None:
    """`keep_days = 0`: the folder goes at the next round, the answer stays known; what is unanswered stays."""
    settings = desk.folder / "vireille.toml"
    settings.write_text(settings.read_text() + "keep_days = 0\n")
    answered, waiting = desk.send("f1", "f2")
    desk.inbox("receive")
    desk.inbox("ack", answered)

    desk.inbox("receive")

    assert desk.there() == {waiting}
    assert (desk.folder / "out/.seen" / f"{answered}.json").is_file()
