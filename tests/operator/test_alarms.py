"""Every alarm has its words and its advice, comes when it should, and stands in the operator's guide."""

from datetime import UTC, datetime, timedelta

import pytest

from intake.base.texts import Language
from tests.habits.tree import ROOT
from workers.operator.alarms import FORGED, alarm_kinds, health_alarms, note_alarm
from workers.operator.health import PointHealth
from workers.operator.overview import Overview, PointSeen, needs_somebody
from workers.operator.views import alarm_rows, point_cards
from workers.run.tell_health import without_places

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def health(**changes: object) -> PointHealth:
    """A point that is well, but for `changes`."""
    well: dict[str, object] = {
        "software": "1", "name": "Mikkelin piste", "scanners": [{"id": "tiski-1"}], "disk_free_bytes": 10**10,
        "disk_is_low": False, "rules": "abc", "forms": 88,
        "certificates": [{"whose": "point", "ends": NOW + timedelta(days=200)}],
        "work": [{"state": "delivered", "provider": "vero", "count": 3, "late": 0, "since": NOW}],
    }  # fmt: skip
    return PointHealth.model_validate(well | changes)


def group(state: str, late: int, reason: str = "x") -> dict[str, object]:
    """Two filings in a state, so many of them too old."""
    since = NOW - timedelta(days=9)
    return {"state": state, "reason": reason, "provider": "vero", "count": 2, "late": late, "since": since}


WRONG: dict[str, dict[str, object]] = {
    "scanner_away": {"scanners": [{"id": "tiski-1", "notice": "away"}]},
    "disk_full": {"scanners": [{"id": "tiski-1", "notice": "disk_full"}], "notices": ["disk_full"]},
    "too_many_open": {"scanners": [{"id": "tiski-1", "notice": "too_many_open"}], "notices": ["too_many_open"]},
    "disk_low": {"disk_is_low": True},
    "hub_away": {"notices": ["hub_away"]},
    "hub_denied": {"notices": ["hub_denied"]},
    "rules_refused": {"notices": ["rules_refused"]},
    "receipt_forged": {"work": [group("delivered", 2, FORGED)]},
    "papers_late": {"work": [group("waiting", 1), group("held", 0)]},
    "certificate_ended": {"certificates": [{"whose": "kela", "ends": NOW}]},
    "certificate_ends": {"certificates": [{"whose": "kela", "ends": NOW + timedelta(days=30)}]},
    "doctor_bad": {"doctor": [{"text": "x", "blocks": True}, {"text": "y", "blocks": False}]},
    "set_waits": {"newer_sets": ["main-7"]},
}
OF_NOTES = {
    "note_untrue": "altered", "note_older": "older", "point_unknown": "unknown_point", "note_clock": "clock",
    "note_certificate": "not_fit", "note_unreadable": "malformed",
}  # fmt: skip


def test_what_is_wrong_makes_one_alarm_and_what_is_well_none() -> None:
    """Each wrong by itself; no alarm in the list is one that never comes."""
    assert list(health_alarms("mikkeli", health(), NOW)) == []
    for code, changes in WRONG.items():
        assert [alarm.code for alarm in health_alarms("mikkeli", health(**changes), NOW)] == [code]
    assert {code: note_alarm("mikkeli", problem).code for code, problem in OF_NOTES.items()} == {c: c for c in OF_NOTES}
    assert {*WRONG, *OF_NOTES, "point_away", "point_silent", "dead_letter"} == set(alarm_kinds())


def test_letters_that_an_authority_gave_up_on_are_one_alarm_whoever_tells_them() -> None:
    """The queue is the authority's: each point sees the same letters."""
    points = tuple(PointSeen(name, NOW, health(dead={"vero": 4})) for name in ("mikkeli", "parainen"))

    found = needs_somebody(Overview(NOW, points))

    assert [(alarm.code, alarm.subject, alarm.count) for _, alarm in found] == [("dead_letter", "vero", 4)]


def test_a_note_that_says_more_than_this_program_knows_is_shown_all_the_same() -> None:
    """An unknown notice, no certificates: a newer point must not take the page from all others."""
    newer = health(scanners=[{"id": "tiski-1", "notice": "jammed"}], notices=["papers_late", "new"], certificates=[])
    overview = Overview(NOW, (PointSeen("mikkeli", NOW, newer, tuple(health_alarms("mikkeli", newer, NOW))),))

    for language in ("fi", "sv", "en"):
        assert not point_cards(overview, language)[0].scanners[0].well
        assert alarm_rows(overview, language) == []


def test_doctors_sentences_leave_the_machine_without_its_paths() -> None:
    """What to do is told, the account's name in a path is not."""
    said = "/home/aino/point/rules/zz.toml:64: unknown key; mend /home/aino/point/rules/zz.toml, see 'vireille doctor'"

    assert without_places(said) == "…/zz.toml:64: unknown key; mend …/zz.toml, see 'vireille doctor'"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_an_alarm_says_which_point_and_how_many(language: Language) -> None:
    """No blank stays open in any language."""
    for changes in WRONG.values():
        (alarm,) = health_alarms("mikkeli", health(**changes), NOW)
        said = alarm.says(language, "Mikkelin piste")
        assert "{" not in said and ("Mikkelin" in said or alarm.subject in said)
    (late,) = health_alarms("mikkeli", health(**WRONG["papers_late"]), NOW)
    assert "1" in late.says(language, "") and "waiting" not in late.says(language, "")


def test_the_guide_lists_every_alarm_with_what_to_do() -> None:
    """The operator's guide has the words of the page, the gravity too."""
    guide = (ROOT / "workers" / "OPERATING.md").read_text("utf-8")
    rows = [f"| `{code}` | {one.severity} | {one.says.en} | {one.todo.en} |" for code, one in alarm_kinds().items()]

    assert [row for row in rows if row not in guide] == []
