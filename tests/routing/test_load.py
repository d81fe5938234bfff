"""Loading and proving a rule set: I-01, I-02, I-03, I-04, I-06, I-07."""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from intake.base.errors import BadFile
from routing_rules import load, providers
from routing_rules.decide import decide
from routing_rules.facts import RoutingFacts
from routing_rules.lint import facts_of, lint
from routing_rules.model import Days, RuleSet
from routing_rules.providers import Provider
from routing_rules.words import KnownForm, KnownWords
from tests.routing.conftest import BASIS, DEFAULT, TEXT

Write = Callable[..., Path]


def rule(name: str, when: str, to: str = 'to = { provider = "kela" }', more: str = "") -> str:
    """One rule as text."""
    return f'[[rule]]\nid = "{name}"\nwhen = {{ {when} }}\n{to}\n{more}{BASIS}{TEXT}\n'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (DEFAULT.replace("provider = [", "povider = ["), "has no 'povider' here; did you mean 'provider'"),
        (DEFAULT.replace('fi = "a"\n', ""), r"rules.toml:\d+: rule rest: text.fi: is missing"),
        (DEFAULT.replace('["kela"]', '["kela"], form = "/etc/*"'), "when.form"),
        (DEFAULT.replace('["kela"]', '["kela"], language = ["ru"]'), "language"),
        (DEFAULT + DEFAULT, "defined twice"),
        (DEFAULT.replace('["kela"]', '["kela"], area = ["nowhere"]'), "no area 'nowhere'"),
        (DEFAULT.replace('"rest"', '"../x"'), "rules.toml:2: rule ../x: id: '../x' cannot be used; write id = "),
        (DEFAULT.replace("basis", "bases"), "has no 'bases' here; did you mean 'basis'"),
        ("[[rule]\n", "not valid TOML"),
        ("!!python/object/apply:os.system ['true']", "not valid TOML"),
        ("x = " + "[" * 100_000, "not valid TOML"),
        ("rule = " + "[[" * 50 + "]]" * 50, "rule"),
        ('rule = ["x"]', r"rules.toml:1: rule 1: must be a table; write \[\[rule\]\]"),
        ("include = 'other.toml'", "rules.toml:1: include: the language has no 'include' here; known: area, set"),
        ("# " + "x" * 1_100_000, "larger than"),
    ],
)
def test_i_01_a_wrong_file_is_told_and_never_more(content: str, problem: str, written: Write) -> None:
    """Whatever stands in a rule file, the answer is a rule set or one located error."""
    with pytest.raises(BadFile, match=problem):
        load.load_rules(written(rules=content))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=some.integers(0, 5000), cut=some.integers(0, 40), put=some.text(max_size=6))
def test_i_01_a_mangled_file_gives_rules_or_a_located_error(at: int, cut: int, put: str, tmp_path: Path) -> None:
    """Fuzzing the shipped files never gives another kind of error."""
    text = (load.BUILTIN / "maistraatti.toml").read_text("utf-8")
    areas = (load.BUILTIN / "areas.toml").read_bytes()
    at %= len(text)
    mangled = (text[:at] + put + text[at + cut :]).encode("utf-8", "replace")
    (tmp_path / "maistraatti.toml").write_bytes(mangled)
    (tmp_path / "areas.toml").write_bytes(areas)

    try:
        load.load_rules(tmp_path, providers=providers.load_providers(providers.BUILTIN))
    except BadFile as error:
        assert str(tmp_path) in error.message


def test_i_02_long_words_take_no_time(shipped: RuleSet, shipped_providers: dict[str, Provider]) -> None:
    """There are no patterns to blow up: 100 kB facts are decided at once."""
    long = "a" * 100_000
    start = time.process_time()
    for _ in range(20):
        decide(RoutingFacts("kela", long, long, long, long, long), shipped, shipped_providers, date(2015, 3, 2))
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (rule("one", 'provider = ["kela"], form = ["a"]'), "has no rule for"),
        (rule("one", 'provider = ["kela"]', more="valid_until = 2019-12-31\n"), "has no rule for.*2020-01-01"),
        (rule("all", 'provider = ["kela"]') + rule("late", 'provider = ["kela"], form = ["a"]'), "late never decides"),
        (
            rule("fi", 'provider = ["kela"], language = ["fi"]')
            + rule("not", 'provider = ["kela"], language = ["sv", "en"]')
            + rule("two", 'provider = ["kela"], language = ["fi", "sv"]')
            + DEFAULT,
            "two never decides",
        ),
        (rule("x", 'provider = ["kela"]', 'to = { provider = "nobody" }'), "no provider 'nobody'"),
        (rule("x", 'provider = ["kela"]', 'to = { provider = "vero" }'), "has units; name one"),
        (rule("x", 'provider = ["kela"]', 'to = { provider = "vero", unit = "oulu" }'), "no unit 'oulu'"),
        (rule("x", 'provider = ["kela"]', 'to = { provider = "dvv" }'), "'dvv' does not exist on 0001-01-01"),
        (
            rule("x", 'provider = ["kela"]', 'to = { provider = "te", unit = "lappi" }'),
            "'te' does not exist on 2025-01-01",
        ),
        (
            DEFAULT + '[[example]]\non = 2015-03-02\nfacts = { provider = "kela" }\nrule = "rest"\nprovider = "vero"\n',
            "example 1 .* wanted vero by rest, got kela by rest",
        ),
    ],
)
def test_i_03_i_04_a_set_that_is_not_proved_is_refused(content: str, problem: str, written: Write) -> None:
    """Gaps, dead rules, recipients that are not there and false examples keep a set from being used."""
    known = providers.load_providers(providers.BUILTIN)
    folder = written(rules=content)

    assert re.search(problem, "; ".join(lint(load.load_rules(folder), known)))
    with pytest.raises(BadFile):
        load.load_rules(folder, providers=known)


@pytest.mark.parametrize(("fallback", "problem"), [("traficom", ""), ("trafikom", "fallback: no provider 'trafikom'")])
def test_a_fallback_of_other_days_is_no_fault_where_the_recipient_is_there(
    fallback: str, problem: str, written: Write
) -> None:
    """A point with a fixed day has the authorities of that day only; one that is nowhere is a slip of the pen."""
    more = f'fallback = {{ provider = "{fallback}" }}\n'
    known = {"kela": providers.load_provider(providers.BUILTIN / "kela.toml")}
    day = Days(first=date(2017, 5, 4), last=date(2017, 5, 4))
    rules = load.load_rules(written(rules=rule("x", 'provider = ["kela"]', more=more)))

    assert problem in "".join(lint(rules, known, days=day))
    assert bool(lint(rules, known, days=day)) == bool(problem)


_FORMS, _LANGUAGES, _MUNICIPALITIES = ["a", "b"], ["fi", "sv"], ["445", "729"]
_DAYS = [date(2015, 1, 1), date(2016, 1, 1), date(2017, 1, 1)]


def _some_of(words: list[str]) -> some.SearchStrategy[list[str]]:
    return some.lists(some.sampled_from(words), max_size=2, unique=True)


_RULE = some.tuples(
    _some_of(_FORMS), _some_of(_LANGUAGES), _some_of(_MUNICIPALITIES), _some_of(["west", "east"]),
    some.none() | some.sampled_from(_DAYS), some.none() | some.sampled_from(_DAYS),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(rules=some.lists(_RULE, min_size=1, max_size=7))
def test_i_03_the_proof_agrees_with_trying_every_fact(
    rules: list[tuple[list[str], list[str], list[str], list[str], date | None, date | None]],
) -> None:
    """Gaps and dead rules are found exactly where a slow walk through all facts finds them."""
    known = {"kela": providers.load_provider(providers.BUILTIN / "kela.toml")}
    areas = {
        "west": {"municipalities": ["445"], "points": ["parainen"], "source": "t", "basis": "source"},
        "east": {"municipalities": ["445", "729"], "points": [], "source": "t", "basis": "source"},
    }
    made = [
        {
            "id": f"r{number}", "when": {
                "provider": ["kela"], "form": forms, "language": languages, "municipality": places, "area": names,
            },
            "to": {"provider": "kela"}, "text": {"fi": "a", "sv": "b", "en": "c"}, "basis": "source", "source": "t",
            "valid_from": min(start, end) if start and end else start,
            "valid_until": max(start, end) if start and end else end,
        }
        for number, (forms, languages, places, names, start, end) in enumerate(rules)
    ]  # fmt: skip
    rule_set = RuleSet.model_validate({"version": "t", "rules": made, "areas": areas})

    decided, gap = _by_trying(rule_set, known)

    problems = lint(rule_set, known)
    dead = {problem.split()[1] for problem in problems if "never decides" in problem}
    assert dead == {one.id for one in rule_set.rules} - decided
    assert any("has no rule for" in problem for problem in problems) == gap


def _by_trying(rule_set: RuleSet, known: dict[str, Provider]) -> tuple[set[str], bool]:
    decided, gap = set(), False
    days = [date(2014, 1, 1), *_DAYS, *(date(day.year, 1, 2) for day in _DAYS), date(2030, 1, 1)]
    for form in (*_FORMS, "z"):
        for language in (*_LANGUAGES, "z"):
            for place in (*_MUNICIPALITIES, "z", None):
                for point in ("parainen", "z"):
                    for day in days:
                        try:
                            facts = RoutingFacts("kela", form, None, language, point, place)
                            decided.add(decide(facts, rule_set, known, day).rule)
                        except Exception:
                            gap = True
    return decided, gap


def test_i_06_a_half_copied_set_is_refused(tmp_path: Path) -> None:
    """Under a manifest made by sha256sum, no mixture of old and new files is ever loaded."""
    rules, slow = tmp_path / "rules", tmp_path / "new"
    for folder, more in ((rules, ""), (slow, "# changed\n")):
        shutil.copytree(load.BUILTIN, folder)
        for path in folder.glob("*.toml"):
            path.write_text(path.read_text("utf-8") + more, "utf-8")
        subprocess.run(["bash", "-c", "sha256sum *.toml > MANIFEST"], cwd=folder, check=True)
    old, new = load.load_rules(rules).version, load.load_rules(slow).version

    seen = []
    for path in sorted(slow.iterdir(), key=lambda path: path.name != load.MANIFEST):
        shutil.copy(path, rules)
        try:
            seen.append(load.load_rules(rules).version)
        except BadFile as error:
            assert "is not as listed" in error.message

    assert seen == [new]
    assert old != new


def test_i_07_the_order_of_files_changes_no_decision(tmp_path: Path, shipped_providers: dict[str, Provider]) -> None:
    """Renamed and reordered files give the same decisions; the rules of one provider cannot be torn apart."""
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    names = sorted(path.name for path in load.BUILTIN.glob("*.toml"))
    mixed = random.Random(7).sample(names, len(names))
    for number, name in enumerate(mixed):
        shutil.copy(load.BUILTIN / name, shuffled / f"{number:02}.toml")
    one, other = load.load_rules(load.BUILTIN), load.load_rules(shuffled)

    for example in one.examples:
        if example.provider is None:
            continue
        facts = facts_of(example)
        mine = decide(facts, one, shipped_providers, example.on)
        theirs = decide(facts, other, shipped_providers, example.on)
        assert (mine.provider, mine.unit, mine.rule, mine.reason) == (
            theirs.provider, theirs.unit, theirs.rule, theirs.reason
        )  # fmt: skip


def test_i_07_no_locale_or_hash_changes_a_decision() -> None:
    """All examples come out the same under other languages, time zones and orders of sets."""
    code = (
        "from routing_rules.lint import run_example; from routing_rules import load, providers;"
        "rules = load.load_rules(load.BUILTIN); known = providers.load_providers(providers.BUILTIN);"
        "print(rules.version, [run_example(one, rules, known) for one in rules.examples])"
    )
    worlds = [("C", "UTC", "1"), ("fi_FI.UTF-8", "Europe/Helsinki", "2"), ("tr_TR.UTF-8", "Asia/Tokyo", "3")]

    told = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120,
            env={**os.environ, "LC_ALL": locale, "TZ": zone, "PYTHONHASHSEED": seed},
        ).stdout
        for locale, zone, seed in worlds
    }  # fmt: skip

    assert len(told) == 1
    assert "lounais-suomi" in told.pop()


def test_i_07_one_providers_rules_in_two_files_are_refused(written: Write) -> None:
    """Otherwise the files' names would decide."""
    with pytest.raises(BadFile, match="keep them in one file"):
        load.load_rules(written(a=DEFAULT, b=DEFAULT.replace('"rest"', '"other"')))


def test_a_rule_that_names_an_unknown_form_is_told(written: Write) -> None:
    """Checked against a catalogue, a misspelt form cannot hide."""
    rules = load.load_rules(written(rules=rule("x", 'provider = ["kela"], form = ["kela-sv5"]') + DEFAULT))
    known = {"kela": providers.load_provider(providers.BUILTIN / "kela.toml")}
    form = KnownForm(frozenset(), frozenset())

    assert lint(rules, known, words=KnownWords({"kela-sv4": form})) == [
        "rules.toml:2: rule x: there is no form 'kela-sv5'; did you mean 'kela-sv4'?"
    ]
    assert lint(rules, known, words=KnownWords({"kela-sv5": form})) == []
