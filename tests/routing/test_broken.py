"""A hundred broken rule sets: each is told in one line that names the place, and changes nothing (A8, A10)."""

# ruff: noqa: E501 the tables of faults are read across

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from intake.base.errors import BadFile
from routing_rules import load
from routing_rules.model import Days
from routing_rules.providers import BUILTIN as PROVIDERS
from routing_rules.providers import load_providers
from routing_rules.words import KnownWords
from tests.routing.conftest import BASIS, TEXT
from workers.run.proved_rules import known_words

TODAY = date(2026, 11, 27)

Edit = Callable[[str], str]
FILES = {"vero.toml": "vero-others", "maistraatti.toml": "maistraatti-swedish", "poliisi.toml": "poliisi-elsewhere",
         "te.toml": "te-elsewhere", "kunta.toml": "kunta-oulu"}  # fmt: skip
"""A file with a rule of it."""


def put(old: str, new: str) -> Edit:
    """Write `new` for the first `old`."""
    return lambda text: text.replace(old, new, 1)


def first(when: str, more: str = "", to: str = 'to = { provider = "vero", unit = "turku" }\n') -> Edit:
    """Put a rule before all others."""
    return lambda text: f'[[rule]]\nid = "new"\nwhen = {{ {when} }}\n{to}{more}{BASIS}{TEXT}\n{text}'


def when(condition: str) -> Edit:
    """Put a rule with this condition before all others."""
    return first(f'provider = ["vero"], {condition}')


VERO: list[tuple[Edit, str]] = [
    (when('form = ["vero-14b"]'), "vero.toml:2: rule new: there is no form 'vero-14b'; did you mean 'vero-14a'"),
    (when('form = ["vero-5010"], edition = ["2015"]'), "vero.toml:2: rule new: there is no edition '2015'"),
    (when('point = ["sarijarvi"]'), "vero.toml:2: rule new: there is no point 'sarijarvi'; did you mean 'saarijarvi'?"),
    (when('municipality = ["7299"]'), "vero.toml:2: rule new: there is no municipality '7299'; write its three-digit"),
    (first('provider = ["verro"]'), "vero.toml:2: rule new: there is no provider 'verro'; did you mean 'vero'?"),
    (when('form = ["vero-7h"], not = { form = ["vero-14b"] }'), "vero.toml:2: rule new: there is no form 'vero-14b'"),
    (when('finding = ["missing:ei_ole_kentta"]'), "vero.toml:2: rule new: there is no field 'ei_ole_kentta'"),
    (when('finding = ["mising"]'), 'vero.toml:3: rule new: when.finding: "mising" is no finding; write one of missing'),
    (when('finding = ["stamp missing"]'), 'vero.toml:3: rule new: when.finding: "stamp missing" is no finding'),
    (when('form = ["(any other)"]'), 'vero.toml:3: rule new: when.form: "(any other)" is no word: nothing is named so'),
    (when('municipality = ["(none)"]'), 'vero.toml:3: rule new: when.municipality: "(none)" is no word'),
    (when('form = ["vero-7h\u200b"]'), "vero.toml:2: rule new: there is no form 'vero-7h\u200b' ('\\u200b' is ZERO WIDTH SPACE); did"),
    (first('provider = ["v\u0435ro"]'), "vero.toml:2: rule new: there is no provider 'v\u0435ro' ('\u0435' is CYRILLIC SMALL LETTER IE); did you mean 'vero'?"),
    (put("basis", "b\u0430sis"), "vero.toml:10: is not valid TOML: Expected '=' after a key in a key/value pair (at line 10, column 2) ('\u0430' is CYRILLIC SMALL LETTER A); a key is letters"),
    (put('"vero-swedish"', "“vero-swedish”"), "vero.toml:29: is not valid TOML: Invalid value (at line 29, column 6) ('“' is LEFT DOUBLE QUOTATION MARK); text stands in straight quotes"),
    (lambda text: text[: len(text) // 2], "vero.toml:34: is not valid TOML: Invalid initial character for a key part (at end of document); the file ends too early"),
    (lambda text: "\ufeff\ufeff" + text, "vero.toml:1: is not valid TOML: Invalid statement (at line 1, column 1) ('\\ufeff' is ZERO WIDTH NO-BREAK SPACE); a line is KEY = VALUE"),
    (lambda text: '[rule]\nid = "x"\n', "vero.toml:1: rule: stands in double brackets; write [[rule]]"),
    (when("pages = { at_least = true }"), "vero.toml:3: rule new: when.pages.at_least: True is no whole number"),
    (when("pages = { at_least = 99999 }"), "vero.toml:3: rule new: when.pages.at_least: 99999 is too large; at most 10000"),
    (when(f"pages = {{ at_least = {'9' * 5000} }}"), "vero.toml:3: is not valid TOML: a number has too many digits"),
    (when("form = ['vero-7h'], not = {}"), "vero.toml:3: rule new: when.not: it is empty; name a condition, or leave not out"),
    (first('form = ["vero-7h"]'), 'vero.toml:3: rule new: when.provider: is missing; write provider = ["vero"]'),
    (first('provider = ["vero"], form = ["vero-7h"]', 'fallback = { provider = "vero", unit = "turkku" }\n'),
     "vero.toml:2: rule new: fallback: provider 'vero' has no unit 'turkku'; did you mean 'turku'?"),
    (first('provider = ["vero"]', to='to = [{ provider = "vero", unit = "turku" }]\n'), "vero.toml:4: rule new: to: must be one table, not a list"),
    (put('fi = "Ruotsinkieliset verolomakkeet käsitellään Turussa."', 'fi = " "'), "vero.toml:34: rule vero-swedish: text: nothing is said in fi"),
    (lambda text: f'[set.a]\nform = ["@b"]\n\n[set.b]\nform = ["vero-7h"]\n{text}', "vero.toml:1: set a: '@b': a set holds no other set; write that one's words out"),
    (lambda text: f'[set.a]\nform = ["vero-7h", "vero-99"]\n{when(chr(39).join(("form = [", "@a", "]")))(text)}',
     "vero.toml:1: set a: there is no form 'vero-99'"),
    (put('form = "vero-5010"', 'form = "vero-501"'), "vero.toml:50: example 49: there is no form 'vero-501'; did you mean 'vero-5010'"),
    (put('facts = { provider = "vero",', 'facts = { provider = "vero", pages = -3,'), "vero.toml:52: example 1: facts.pages: -3 is too small; at least 0; write pages = 2"),
    (put("on = 2015-03-02", "on = 2015-02-30"), "vero.toml:51: is not valid TOML: Invalid date or datetime (at line 51, column 6); there is no such day"),
    (lambda text: '[deadline.a]\ndates = [9999-12-31]\nbasis = "source"\nsource = "x"\n' + text,
     "vero.toml:2: deadline a: dates: 9999-12-31 is too late; at most 2199-12-31; write dates = [2015-01-31], dates without quotes"),
    (when('weekday = ["monday"]'), "vero.toml:3: rule new: when.weekday: 'monday' is not known here; write one of 'mon'"),
    (when('calendar = ["juhannus"]'), "vero.toml:3: rule new: when.calendar: 'juhannus' is not known here"),
    (when('wekday = ["mon"]'), "vero.toml:3: rule new: when.wekday: the language has no 'wekday' here; did you mean 'weekday'"),
    (when('share = 70'), "vero.toml:3: rule new: when.share: the language has no 'share' here; known: form, edition"),
    (when('queue_age = "3 days"'), "vero.toml:3: rule new: when.queue_age: the language has no 'queue_age' here"),
    (when('language = ["ru"]'), "vero.toml:3: rule new: when.language: 'ru' is not known here; write one of 'fi', 'sv'"),
    (when('language = "sv"'), 'vero.toml:3: rule new: when.language: must be a list; write language = ["sv"]'),
    (when('language = []'), "vero.toml:3: rule new: when.language: the list is empty; name a word, or leave language out"),
    (when('not = { language = [] }'), "vero.toml:3: rule new: when.not.language: the list is empty"),
    (when('not = { provider = ["kela"] }'), "vero.toml:3: rule new: when.not.provider: the language has no 'provider'"),
    (when('not = ["sv"]'), "vero.toml:3: rule new: when.not: must be one table, not a list; write not = {"),
    (when('kind = ["paper"]'), "vero.toml:3: rule new: when.kind: 'paper' is not known here; write one of 'form'"),
    (when('verdict = ["held"]'), "vero.toml:3: rule new: when.verdict: 'held' is not known here"),
    (when('pages = 3'), "vero.toml:3: rule new: when.pages: must be a table; write pages = { at_least = 2 }"),
    (when('pages = {}'), "vero.toml:3: rule new: when.pages: write at_least, at_most or both"),
    (when('pages = { at_least = 9, at_most = 2 }'), "vero.toml:3: rule new: when.pages: at_most 2 is less than at_least 9"),
    (when('pages = { more_than = 9 }'), "vero.toml:3: rule new: when.pages.more_than: the language has no 'more_than'"),
    (when('attachments = { at_least = "one" }'), "vero.toml:3: rule new: when.attachments.at_least: 'one' is no whole"),
    (when('days_left = { at_most = 3 }'), "vero.toml:3: rule new: when.days_left.deadline: is missing"),
    (when('days_left = { deadline = "tax", at_most = 3 }'), "vero.toml:2: rule new: no deadline 'tax'"),
    (when('area = ["varsinais-soumi"]'), "vero.toml:2: rule new: no area 'varsinais-soumi'; did you mean 'varsinais-suomi'"),
    (when('form = ["@estates"]'), "vero.toml:2: rule new: there is no set '@estates' for form"),
    (when('form = ["vero-3602"]'), "vero.toml:18: rule vero-gifts-and-estates never decides: the rules before it take"),
    (when('calendar = ["holiday"], weekday = ["mon"]'), ""),
    (first('provider = ["vero"]', "valid_from = 2016-01-01\nvalid_until = 2015-01-01\n"),
     "vero.toml:2: rule new: it ends before it begins: valid_until 2015-01-01 is before valid_from 2016-01-01"),
    (first('provider = ["vero"]', 'valid_from = "2016-01-01x"\n'), "vero.toml:5: rule new: valid_from: '2016-01-01x' is no date"),
    (first('provider = ["vero"], form = ["vero-7h"]', to='to = { provider = "vero", unit = "ouluu" }\n'),
     "vero.toml:2: rule new: to: provider 'vero' has no unit 'ouluu'; known: jyvaskyla, turku"),
    (first('provider = ["vero"], form = ["vero-7h"]', to='to = { provider = "vero" }\n'),
     "vero.toml:2: rule new: to: provider 'vero' has units; name one of jyvaskyla, turku"),
    (first('provider = ["vero"], form = ["vero-7h"]', to='to = { provider = "wero", unit = "turku" }\n'),
     "vero.toml:2: rule new: to: no provider 'wero'; did you mean 'vero'?"),
    (first('provider = ["vero"]', to='to = "turku"\n'), 'vero.toml:4: rule new: to: must be a table; write to = { provider ='),
    (first('provider = ["vero"]', 'fallback = { provider = "kela" }\n', to=""), "vero.toml:2: rule new: fallback needs a recipient"),
    (first('provider = ["vero"]', "due = { days = 3, workdays = 2 }\n"), "vero.toml:5: rule new: due: write exactly one of"),
    (first('provider = ["vero"]', "due = { days = 3, urgent_days = 1 }\n"), "vero.toml:5: rule new: due: urgent_days counts"),
    (first('provider = ["vero"]', 'hold = "stop"\n'), "vero.toml:5: rule new: hold: must be a table; write hold = { fi ="),
    (first('provider = ["vero"]', 'hold = { fi = "a", sv = "b" }\n'), "vero.toml:5: rule new: hold.en: is missing"),
    (first('provider = ["vero"]', 'priority = "high"\n'), "vero.toml:5: rule new: priority: 'high' is not known here"),
    (put('when = { provider = ["vero"] }', "when = { }"), "vero.toml:41: rule vero-others: when.provider: is missing"),
    (put('when = { provider = ["vero"] }\n', ""), "vero.toml:40: rule vero-others: when: is missing; write when ="),
    (put('when = { provider = ["vero"] }', 'when = { provider = "vero" }'),
     'vero.toml:41: rule vero-others: when.provider: must be a list; write provider = ["vero"]'),
    (put('when = { provider = ["vero"] }', 'when = { provider = ["vero"], form = ["vero-5010"] }'),
     "vero.toml:40: rule vero-others: after it 'vero' has no rule for"),
    (put('provider = "vero"\nunit = "jyvaskyla"\n', 'provider = "vero"\nunit = "turku"\n'),
     "vero.toml:50: example 49 (rule vero-others): wanted vero/turku by vero-others, got vero/jyvaskyla by"),
    (put("on = 2015-03-02", 'on = "2015-03-02T"'), "vero.toml:51: example 1: on: '2015-03-02T' is no date"),
    (lambda text: text + "\n[holiday]\nname = 1\n", "vero.toml:85: holiday: the language has no 'holiday' here; known: area"),
    (lambda text: text + "\n# \u2028 \u0085\n[holiday]\n", "vero.toml:86: holiday: the language has no 'holiday' here"),
    (lambda text: text + "\n# \u2028 \u0085\nx = \u0435\n", "vero.toml:86: is not valid TOML: Invalid value (at line 86, column 5) ('\u0435' is CYR"),
    (lambda text: text + '\n[deadline.a]\ndates = [1949-12-31]\nbasis = "source"\nsource = "t"\n',
     "vero.toml:86: deadline a: dates: 1949-12-31 is too early; at least 1950-01-01"),
    (lambda text: text + "\n[set.a]\n", "vero.toml:85: set a: a set holds the words of exactly one of form, edition"),
    (lambda text: text + '\n[deadline.tax]\nbasis = "source"\nsource = "t"\n', "vero.toml:85: deadline tax: dates: is missing"),
    (lambda text: text + '\n[area.x]\nmunicipalities = "729"\nbasis = "source"\nsource = "t"\n',
     "vero.toml:86: area x: municipalities: must be a list"),
    (lambda text: text + '\n[area.lappi]\nmunicipalities = ["729"]\nbasis = "source"\nsource = "t"\n',
     "vero.toml:85: area lappi is defined twice, the first time in areas.toml:21"),
]  # fmt: skip
"""What an operator may get wrong in one file, and how it is told; an empty sentence: nothing is wrong."""


def dated(text: str, rule: str) -> str:
    """The rule ends before it begins."""
    ends = "valid_until" in text.split(f'id = "{rule}"')[1].split("[rule.text]")[0]
    dates = "valid_from = 2999-01-01\n" + ("" if ends else "valid_until = 2998-01-01\n")
    return text.replace(f'id = "{rule}"\n', f'id = "{rule}"\n{dates}', 1)


ANYWHERE: list[tuple[Callable[[str, str], str], str]] = [
    (lambda text, rule: text.replace(f'id = "{rule}"', f'id = "{rule}', 1), "FILE:LINE: is not valid TOML"),
    (lambda text, rule: text.replace(f'id = "{rule}"', f'ID = "{rule}"', 1), "the language has no 'ID' here; did you mean 'id'"),
    (lambda text, rule: text.replace(f'id = "{rule}"', f'id = "{rule.upper()}"', 1), "FILE:LINE: rule UPPER: id: 'UPPER' cannot be used"),
    (lambda text, rule: text.replace(f'id = "{rule}"', "id = 7", 1), "FILE:LINE: rule NUMBER: id: must be text in quotes, not 7"),
    (dated, "rule RULE: it ends before it begins"),
    (lambda text, rule: text.replace(f'id = "{rule}"', f'id = "{rule}"\nshadow = true', 1), "FILE:NEXT: rule RULE: shadow: the language has no"),
    (lambda text, rule: text.replace(f'id = "{rule}"', f'id = "{rule}"\nid = "x"', 1), "FILE:NEXT: is not valid TOML: Cannot overwrite"),
    (lambda text, rule: f'[[rule]]\nid = "{rule}"\nwhen = {{ provider = ["x"] }}\n{BASIS}{TEXT}\n{text}', "rule RULE is defined twice, the first time in FILE:2"),
    (lambda text, rule: f'[[rule]]\nid = "x"\nwhen = {{ provider = ["kela"] }}\n{BASIS}{TEXT}\n{text}', "rules for 'kela' also stand in kela.toml; keep them in one file"),
]  # fmt: skip
"""The same in five files."""


@pytest.fixture(scope="module")
def words() -> KnownWords:
    """All words that a point knows without forms of its own."""
    return known_words((), ("saarijarvi",))


def refused(folder: Path, words: KnownWords) -> str:
    """How `rules check` tells what is wrong with the set, without the folder; empty: nothing."""
    known = load_providers(PROVIDERS)
    try:
        load.load_rules(folder, providers=known, days=Days(first=TODAY), words=words)
    except BadFile as error:
        return error.message.removeprefix(f"{folder}: ").removeprefix(f"{folder}/")
    return ""


def candidate(folder: Path, file: str, edit: Edit) -> Path:
    """The shipped rules with one file edited."""
    shutil.copytree(load.BUILTIN, folder)
    path = folder / file
    text = path.read_text("utf-8")
    path.write_text(edit(text), "utf-8")
    return folder


@pytest.mark.parametrize(("edit", "problem"), VERO)
def test_a_broken_file_is_told_in_one_line_with_its_place(
    edit: Edit, problem: str, tmp_path: Path, words: KnownWords
) -> None:
    """File, line, rule and what to write instead."""
    told = refused(candidate(tmp_path / "set", "vero.toml", edit), words)

    assert told.startswith(problem)
    assert bool(told) == bool(problem)
    assert "\n" not in told


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(("edit", "problem"), ANYWHERE)
def test_the_place_is_right_in_every_file(
    edit: Callable[[str, str], str], problem: str, file: str, tmp_path: Path, words: KnownWords
) -> None:
    """The same mistakes in the middle of the shipped files."""
    rule = FILES[file]
    text = (load.BUILTIN / file).read_text("utf-8")
    line = text[: text.index(f'id = "{rule}"')].count("\n") + 1
    told = refused(candidate(tmp_path / "set", file, lambda text: edit(text, rule)), words)

    number = text[: text.index(f'id = "{rule}"')].count("[[rule]]")
    marks = {"FILE": file, "LINE": line, "NEXT": line + 1, "RULE": rule, "UPPER": rule.upper(), "NUMBER": number}
    for mark, value in marks.items():
        problem = problem.replace(mark, str(value))
    assert problem in told
    assert told.startswith(f"{file}:") or "kela" in told
    assert "\n" not in told


def test_what_editors_leave_is_no_fault(tmp_path: Path, words: KnownWords) -> None:
    """A mark before the text (Windows), other line ends, an editor's lock and backup beside the files."""
    folder = candidate(tmp_path / "set", "vero.toml", lambda text: "\ufeff" + text.replace("\n", "\r\n"))
    (folder / ".#vero.toml").write_text("somebody@machine.123", "utf-8")
    (folder / "vero.toml~").write_text("[[rule", "utf-8")

    assert refused(folder, words) == ""


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda folder: os.mkfifo(folder / "a.toml"), "a.toml: is no file with text in it; move it away"),
        (lambda folder: (folder / "a.toml").mkdir(), "a.toml: is no file with text in it; move it away"),
        (lambda folder: (folder / "a.toml").symlink_to("/dev/zero"), "a.toml: is no file with text in it; move it away"),
        (lambda folder: (folder / "a.toml").symlink_to("a.toml"), "a.toml: cannot be read (Too many levels of symbolic"),
        (lambda folder: (folder / "kela.toml").rename(folder / "kela.toml.txt"), "kela.toml.txt: is not read under this name"),
        (lambda folder: (folder / "kela.toml").rename(folder / "kela.TOML"), "kela.TOML: is not read under this name; end it"),
        (lambda folder: shutil.copy(folder / "kela.toml", folder / "ke\nla.toml"), "the name of the file 'ke\\nla.toml' cannot"),
        (lambda folder: shutil.copy(folder / "kela.toml", os.fsdecode(os.fsencode(folder) + b"/\xff.toml")), "the name of the file '\\udcff.toml'"),
        (lambda folder: shutil.copy(folder / "kela.toml", folder / "kela (1).toml"), "kela.toml:4: rule kela-all is defined twice, the first time in kela (1).toml:4; give it another name, or move the copy away"),
        (shutil.rmtree, "is no folder; name the one that holds the rule files"),
    ],
)  # fmt: skip
def test_what_is_no_rule_file_is_told_by_name(
    make: Callable[[Path], object], problem: str, tmp_path: Path, words: KnownWords
) -> None:
    """Nothing waits for a pipe or reads a device without end, and no file that was meant is left out in silence."""
    folder = candidate(tmp_path / "set", "vero.toml", lambda text: text)
    make(folder)

    told = refused(folder, words)

    assert told.startswith(problem)
    assert "\n" not in told


def test_a_folder_that_may_not_be_read_is_told(
    tmp_path: Path, words: KnownWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account's folder, or one that goes away under the hand, is one line and no end of a point."""
    folder = candidate(tmp_path / "set", "vero.toml", lambda text: text)

    def closed(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", closed)

    assert refused(folder, words) == "cannot be read (Permission denied)"


def test_a_file_that_is_not_utf_8_is_told_by_line(tmp_path: Path, words: KnownWords) -> None:
    """The line where the first letter stands that is not."""
    folder = candidate(tmp_path / "set", "vero.toml", lambda text: text)
    text = (folder / "vero.toml").read_text("utf-8")
    (folder / "vero.toml").write_bytes(text.encode("latin-1", "replace"))
    line = text[: text.index("ä")].count("\n") + 1

    assert refused(folder, words).startswith(
        f"vero.toml:{line}: is not valid TOML: not UTF-8 text; save the file as UTF-8"
    )


def test_of_many_faults_five_are_told_and_the_others_counted(tmp_path: Path, words: KnownWords) -> None:
    """The first five lines, then how many more there are."""
    folder = candidate(tmp_path / "set", "vero.toml", lambda text: text.replace("basis", "bases"))

    told = refused(folder, words)

    assert told.count("vero.toml:") == 5
    assert told.endswith("; and 3 more")
