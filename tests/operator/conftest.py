"""Five real points at one hub, each with a clock that the test moves, and the operator's page over them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from intake.base.settings import Settings, load_settings
from tests.clock import FakeClock
from workers.run.new_point import PILOT, make_point
from workers.run.open_point import Running, open_point
from workers.run.tell_health import Teller
from workers.seal.trust import bind


class Once(threading.Event):
    """Stops whoever waits."""

    def wait(self, timeout: float | None = None) -> bool:
        """It is over."""
        self.set()
        return True


@dataclass
class Points:
    """The pilot's five, at one hub; the operator sits at Saarijärvi's machine."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    running: dict[str, Running] = field(default_factory=dict)
    elsewhere: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    """A browser's event loop keeps every other out of its thread; signing has one."""

    def settings(self, point: str) -> Settings:
        """A point's."""
        return load_settings(self.folder / point / "vireille.toml")

    def tell(self, *away: str) -> None:
        """Every point that is not away looks at its scanners and tells its health."""
        for point, running in self.running.items():
            if point not in away:
                for scanner, folder in running.folders.items():
                    running.note_round(scanner, folder.round())
                self.elsewhere.submit(Teller(running).run, Once()).result()

    def scanner(self, point: str) -> Path:
        """The point's drop folder."""
        return self.settings(point).scanner[0].folder


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Points]:
    """All five at work, each heard of once."""
    made = Points(tmp_path_factory.mktemp("points"))
    with ExitStack() as stack:
        for point, place in PILOT.items():
            file = make_point(made.folder / point, demo=True, place=place)
            text = file.read_text("utf-8").replace("folder:hub", "folder:../hub").replace(":///hub/", ":///../hub/")
            text = text.replace("port = 0", "port = 18090") + "\n[operator]\nport = 0\n"
            file.write_text(text, "utf-8")
            bind(made.folder / "saarijarvi" / "keys", made.folder / point / "keys" / "ca.pem", point)
        (made.folder / "hub").mkdir()
        for point in PILOT:
            made.running[point] = stack.enter_context(open_point(made.settings(point), made.clock))
        made.tell()
        yield made
