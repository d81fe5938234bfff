"""`forms test` passes what is right and names what is not."""

from intake.forms.load import BUILTIN, load_definition
from intake.forms.model import Definition
from intake.trial import selftest
from intake.trial.selftest import Score, told_apart

FOLDER = BUILTIN / "kela" / "kela-y121"


def y121(language: str) -> Definition:
    """The shortest form of the catalogue."""
    return load_definition(FOLDER / f"2013-05.{language}.toml")


def test_editions_that_are_seen_right_have_no_problem():
    """Both languages are known by their look; states, values and findings are all as written."""
    steps = []

    results = selftest.test_catalogue([y121("fi"), y121("sv")], lambda: steps.append(1))

    assert [(one.language, one.recognised, one.problem) for one in results] == [
        ("fi", "kela-y121 2013-05 fi", ""),
        ("sv", "kela-y121 2013-05 sv", ""),
    ]
    for one in results:
        assert one.names == Score(2, 2)
        assert all(score.right == score.of > 0 for score in (one.states, one.values, one.findings))
    assert told_apart(results, lambda one: (one.form,)) == Score(1, 1)
    assert len(steps) == 2


def test_paper_taken_for_another_is_named():
    """An edition that the counter does not know is taken for its sister, and that is what is reported."""
    (result,) = selftest.test_catalogue([y121("fi")], lambda: None, among=[y121("sv")])

    assert result.names == Score(0, 2)
    assert result.problem.startswith("taken for")
    assert result.states.of == 0
    assert told_apart([result, selftest.Tested("kela-y121", "2013-05", "sv")], lambda one: (one.form,)) == Score(0, 1)
