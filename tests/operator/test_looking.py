"""What a point looks at now and then for its note: `doctor`, sets that wait at the hub, letters that were given up."""

import pytest
from structlog.testing import capture_logs

from tests.operator.conftest import Once
from tests.publish.conftest import Town, ground, town
from workers.deliver.connect import open_queue
from workers.deliver.ports import MOST_DELIVERIES, Message
from workers.doctor.point import examine
from workers.operator.overview import Overview, PointSeen
from workers.operator.views import point_cards
from workers.run import tell_health
from workers.run.open_point import open_point
from workers.run.tell_health import Teller, health_of, look_around

__all__ = ("ground", "town")


class Twice(Once):
    """Lets one look happen."""

    def wait(self, timeout: float | None = None) -> bool:
        """The first time it is not over."""
        before, _ = self.is_set(), self.set()
        return before


def test_a_point_puts_its_figures_at_the_hub_once_a_day_if_it_is_asked_to(town: Town) -> None:
    """With `[figures] push`; a hub that is away is told by doctor, and the next look after it tells the figures."""
    point = town.point("mikkeli")
    with point.config.open("a") as settings:
        settings.write("[figures]\npush = true\n")
    note, hub = town.store.root / "notes" / "saarijarvi" / "figures.p7s", town.store.root

    hub.mkdir()

    def said() -> list[str]:
        return [found.text.en for found in examine(point.config) if found.text.en.startswith("the figures")]

    with open_point(point.settings, town.clock) as running:
        teller = Teller(running)
        teller.run(Once())
        before = said()
        teller.look_on(Twice())
        first = note.read_bytes()
        teller.look_on(Twice())
        same_day = note.read_bytes()
        town.clock.pass_(24 * 3600)
        hub.rename(hub.with_name("gone"))
        teller.look_on(Twice())
        away = said()
        hub.with_name("gone").rename(hub)
        teller.look_on(Twice())

    assert before == [
        "the figures at the hub: last never (–); see whether the hub answers: the point tries each quarter of an hour, "
        "'vireille figures push' at once"
    ]
    assert first == same_day != note.read_bytes()
    assert away[0].startswith("the figures at the hub: last 2")
    assert said()[0].startswith("the figures were put at the hub at ")


def test_neither_the_look_nor_the_figures_stop_the_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults that nobody foresaw are each told once in the log, and the next look tries both."""
    point = town.point("mikkeli")
    town.store.root.mkdir()
    tried = []

    def fails(name: str) -> None:
        tried.append(name)
        raise ValueError(name)

    monkeypatch.setattr(tell_health, "look_around", lambda *_: fails("look"))
    monkeypatch.setattr(tell_health, "figures_are_due", lambda *_: fails("figures"))
    with open_point(point.settings, town.clock) as running, capture_logs() as lines:
        teller = Teller(running)
        teller.run(Once())
        teller.look_on(Twice())
        teller.look_on(Twice())

    assert tried == ["look", "figures"] * 2
    said = [(line["event"], line["code"]) for line in lines if line["event"].endswith("_not_told")]
    assert said == [("health_not_told", "ValueError"), ("figures_not_told", "ValueError")]


def test_what_waits_at_the_hub_is_told(town: Town) -> None:
    """A published set that was not taken, a message that an office gave up on, and a remark of `doctor` in words."""
    point = town.point("mikkeli")
    town.publish(town.set())
    queue = open_queue(point.settings.queue.url, create=True)
    bundle = "a" * 32
    queue.send(
        Message(
            bundle=bundle, object=f"vero/{bundle}.p7m", sha256="b" * 64, bytes=1, provider="vero",
            handed_over=town.clock.now(),
        )
    )  # fmt: skip
    for _ in range(MOST_DELIVERIES):
        leased = queue.receive("vero")
        assert leased is not None
        queue.fail(leased.token, "altered", 0.0)

    with open_point(point.settings, town.clock) as running:
        look = look_around(running)
        seen = PointSeen("mikkeli", town.clock.now(), health_of(running, look))

    assert look.newer_sets == ("main-1",)
    assert look.dead == {"vero": 1}
    assert any("given up on 1 of this queue's filings" in remark.text for remark in look.remarks)
    assert not any(str(town.folder) in remark.text for remark in look.remarks)
    (card,) = point_cards(Overview(town.clock.now(), (seen,)), "sv")
    assert ("vero har gett upp 1 av denna köns ärenden: be det kontoret se efter.", "sv") in card.remarks
    assert "en" not in {language for _, language in card.remarks}
