"""A choice by hand through the command line: obeyed whatever the rules say, refused at once if it cannot be."""

import json
from typing import Any

import numpy as np
import pytest

from tests.journeys.conftest import Pages, Point, pdf

HOLD_ALL = """[[rule]]
id = "all-by-hand"
text = { fi = "Neuvoja valitsee.", sv = "Rådgivaren väljer.", en = "The advisor chooses, by the statute." }
basis = "assumption"
source = "a test"
when = { provider = ["vero"], form = ["vero-3308"], verdict = ["incomplete"] }
"""


def shown(point: Point, filing: str) -> dict[str, Any]:
    """`show --json`."""
    return json.loads(point.command("show", filing, "--json"))


@pytest.fixture
def held(point: Point, filled: Pages) -> str:
    """A tax form without a signature that a rule of the point holds; an advisor has let it go once."""
    rules = sorted((point.folder / "rules").glob("*.toml"))
    first = next(path for path in rules if path.name == "vero.toml")
    first.write_text(HOLD_ALL + first.read_text("utf-8"), "utf-8")
    point.drop("scan.pdf", pdf(*filled("vero-3308", empty=("allekirjoitus",))))
    point.work()
    filing: str = point.status()["filings"][0]["id"]
    point.command("release", filing, "--advisor", "Aino", "--reason", "signs tomorrow")
    point.work()
    return filing


def test_a_rule_that_holds_says_why_and_the_advisors_unit_is_obeyed(point: Point, held: str) -> None:
    """X1, A2: `--unit` alone is the form's own authority; it goes there, and who chose is in the bundle's reason."""
    before = shown(point, held)

    point.command("release", held, "--unit", "turku", "--advisor", "Aino", "--reason", "the customer lives there")
    point.work()
    after = shown(point, held)

    assert (before["state"], before["reason"]) == ("held", "no_route")
    assert before["sentence"]["en"] == "The advisor chooses, by the statute."
    assert (after["state"], after["provider"], after["unit"], after["chosen"]) == ("delivered", "vero", "turku", True)
    assert [(one["advisor"], one["code"]) for one in after["people"]] == [("Aino", None), ("Aino", "vero/turku")]


def test_show_is_read_by_a_person(point: Point, held: str) -> None:
    """Reasons, findings and people in words, and no Python in it."""
    text = point.command("show", held)

    assert "reason: The recipient could not be decided. Choose it yourself. (no_route)" in text
    assert "because: The advisor chooses, by the statute." in text
    assert "released by Aino: reason signs tomorrow" in text
    assert "gap (missing)" in text
    assert "{" not in text and "None" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--provider", "olematon"), "there is no authority 'olematon'; authorities: "),
        (("--unit", "nowhere"), "The authority vero has no unit 'nowhere'; units: jyvaskyla, turku."),
        (("--provider", "kela", "--unit", "turku"), "The authority kela has no unit 'turku'"),
    ],
)
def test_an_unknown_name_is_refused_at_once(point: Point, held: str, words: tuple[str, ...], said: str) -> None:
    """Exit 2 and one line that names those that there are; nothing has changed."""
    error = point.command("release", held, *words, "--advisor", "A", "--reason", "x", expect=2)

    assert said.lower() in error.lower()
    assert len(error.splitlines()) == 1
    assert shown(point, held)["state"] == "held"


def test_what_lacks_something_is_not_released_namelessly(point: Point, held: str) -> None:
    """A blocking finding wants a name and a reason, and a choice by hand a name (exit 2, one line)."""
    for words in ((), ("--advisor", "A"), ("--reason", "x"), ("--unit", "turku", "--reason", "x")):
        error = point.command("release", held, *words, expect=2)
        assert "--advisor" in error and len(error.splitlines()) == 1

    assert shown(point, held)["state"] == "held"


def test_an_unknown_paper_is_not_released_to_nowhere(point: Point) -> None:
    """A5: without a recipient it is refused at once, instead of being held again and again."""
    letter = np.full((3508, 2480), 255, np.uint8)
    letter[500:3000:90, 300:2000] = 40
    point.drop("letter.pdf", pdf(letter))
    point.work()
    filing = point.status()["filings"][0]["id"]

    error = point.command("release", filing, "--advisor", "A", "--reason", "a letter", expect=2)
    wrong = point.command("release", filing, "--advisor", "A", "--unit", "turku", expect=2)

    assert "choose where it goes" in error
    assert "name the authority" in wrong.lower()
    assert shown(point, filing)["state"] == "waiting"


def test_the_slip_for_a_pending_matter_goes_where_the_advisor_says(point: Point, filled: Pages) -> None:
    """It is nobody's own form: complete or not, it waits for a person, who sends it to the authority that is ticked."""
    point.drop("scan.pdf", pdf(*filled("liite-asiaan")))
    point.work()
    filing: str = point.status()["filings"][0]["id"]
    before = shown(point, filing)

    point.command("release", filing, "--provider", "kela", "--advisor", "Aino")
    point.work()
    after = shown(point, filing)

    assert (before["form"], before["state"], before["reason"]) == ("liite-asiaan", "held", "no_route")
    assert (after["state"], after["provider"]) == ("delivered", "kela")
