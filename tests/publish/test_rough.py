"""Updates under rough conditions: two at once, killed at any moment, over S3."""

import hashlib
import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from intake.base.errors import Untrusted
from tests.contract.conftest import seaweed_endpoint, store
from tests.publish.conftest import Town
from workers.deliver.folder import FolderStore
from workers.deliver.ports import Store
from workers.publish import update as updates

__all__ = ["seaweed_endpoint", "store"]
VIREILLE = Path(sys.executable).with_name("vireille")
COMMENT = "\n# another version\n"


def test_two_updates_at_once_take_one_set(town: Town) -> None:
    """The second waits for the first and finds nothing newer."""
    point = town.point("one")
    town.publish(town.set())
    entered, go = threading.Event(), threading.Event()

    class Slow(FolderStore):
        def get(self, key: str, target: Path) -> str:
            entered.set()
            assert go.wait(120)
            return super().get(key, target)

    slow = updates.Updating(point.updating.own, Slow(town.store.root), town.clock)
    took: dict[str, bool] = {}
    first = threading.Thread(target=lambda: took.update(first=updates.update(slow).took))
    second = threading.Thread(target=lambda: took.update(second=point.update().took))
    first.start()
    assert entered.wait(120)
    second.start()
    second.join(0.3)
    waiting = second.is_alive()
    go.set()
    first.join(120)
    second.join(120)

    assert waiting
    assert took == {"first": True, "second": False}
    assert len(point.sets) == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_update_leaves_a_whole_set(town: Town) -> None:
    """SIGKILL after any time: the set in use is whole and proved, and the next update goes on."""
    point = town.point("one")
    point.config.write_text(point.config.read_text().replace('url = "folder:hub"', 'url = "folder:../hub"'))
    town.publish(town.set("set0"))
    point.update()
    chance = random.Random(7)
    whole = []
    for number in range(1, 9):
        town.publish(town.set(f"set{number}", rule=COMMENT * number))
        before = point.settings.catalogue
        words = [str(VIREILLE), "update", "--config", str(point.config)]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            # the interesting part begins when the scratch folder appears; deterministic in its order, not in its time
            deadline = time.monotonic() + 120
            while len(point.sets) == kept(point.sets) and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(chance.random() * 0.15)
            process.kill()
        assert point.settings.catalogue in (before, f"main-{number + 1}")
        assert updates.damage(point.updating.own) is None
        whole.append(point.settings.catalogue)
    point.update()

    assert point.settings.catalogue in (f"main-{number + 1}", whole[-1])
    assert not any(path.name.startswith(".") for path in point.sets)


def kept(sets: list[Path]) -> int:
    """How many of these are whole sets."""
    return sum(not path.name.startswith(".") for path in sets)


def test_packages_travel_over_every_store(town: Town, store: Store) -> None:
    """Folder and S3: published, taken, published again; an altered copy is refused."""
    point = town.point("one")
    updating = replace(point.updating, store=store)
    folder = town.set("a")
    town.publish(folder, store=store)
    first = updates.update(updating)
    again = town.publish(folder, store=store)
    town.publish(town.set("b", rule=COMMENT), store=store)
    second = updates.update(updating)
    store.put("updates/main/00000003.asics", b"rubbish", sha256_of(b"rubbish"))

    with pytest.raises(Untrusted):
        updates.update(updating)

    assert (first.took, again.new, second.took) == (True, False, True)
    assert point.settings.catalogue == "main-2"


def sha256_of(data: bytes) -> str:
    """Hex."""
    return hashlib.sha256(data).hexdigest()
