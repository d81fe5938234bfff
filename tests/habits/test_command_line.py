"""The command line, its help and the contract that others rely on say the same."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from tests.habits.tree import PACKAGES, ROOT
from workers.cli import show
from workers.cli.app import READERS, app

CONTRACT = (ROOT / "workers/CONTRACTS.md").read_text("utf-8")
_TABLE = CONTRACT.split("\n## Command line")[1].split("\n## ")[0]
_CALL = re.compile(r"`([a-z][^`]*)`")
_OPTION = re.compile(r"--[a-z][a-z-]*")


def verbs(command: object = None, name: str = "") -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Every verb by its full name, as typed after `vireille`."""
    command = command or typer.main.get_command(app)
    below = getattr(command, "commands", None)
    if below is None or (getattr(command, "invoke_without_command", False) and name):  # `stats`, and `stats merge`
        yield name.strip(), command  # type: ignore[misc]
    for word, one in (below or {}).items():
        yield from verbs(one, f"{name} {word}")


VERBS = dict(verbs())


def promised() -> Iterator[tuple[str, set[str]]]:
    """Each verb that the contract's table names in its first column, with the options named beside it."""
    rows = [row for row in _TABLE.splitlines() if row.startswith("| `")]
    for row in rows:
        for call in _CALL.findall(row.split(" | ")[0]):
            words = call.split()
            name = max((" ".join(words[:n]) for n in (1, 2) if " ".join(words[:n]) in VERBS), key=len, default=call)
            yield name, set(_OPTION.findall(call))


def options(verb: str) -> set[str]:
    """The options of a verb."""
    return {option for param in VERBS[verb].params for option in param.opts}


def test_the_contract_and_the_command_line_name_the_same_verbs() -> None:
    """A promised verb exists, and a verb that exists is promised."""
    assert {name for name, _ in promised()} == set(VERBS)


def test_every_promised_option_exists() -> None:
    """Whoever calls a verb as the contract writes it is not refused."""
    assert [f"{verb} {sorted(named)}" for verb, named in promised() if not named <= options(verb)] == []


def test_the_contract_lists_the_verbs_that_print_json() -> None:
    """`--json` stands in the list exactly where it is an option."""
    listed = re.search(r"`--json` \(([^)]*)\)", CONTRACT)

    assert listed is not None
    assert set(listed[1].split(", ")) == {verb for verb in VERBS if "--json" in options(verb)}


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_help_explains_the_verb_and_all_it_takes(verb: str) -> None:
    """Each verb, argument and option has a sentence of help."""
    command = VERBS[verb]

    assert command.help
    assert [param.name for param in command.params if not getattr(param, "help", None)] == []


def test_help_groups_the_verbs_by_who_uses_them() -> None:
    """Every verb stands under the reader it is for, once."""
    listed = [name for names in READERS.values() for name in names]

    assert sorted(listed) == sorted({verb.split()[0] for verb in VERBS})


def test_documents_and_messages_name_verbs_that_exist() -> None:
    """A command that somebody copies from a document or a message is a command."""
    within = [path for package in PACKAGES for path in (ROOT / package).rglob("*.*")]
    read = [*ROOT.glob("*.md"), *(path for path in within if path.suffix in {".md", ".py", ".toml"})]
    words = {(path, *found) for path in read for found in _named(path)}
    groups = {verb.split()[0] for verb in VERBS if " " in verb}
    wrong = {
        f"{path.relative_to(ROOT)}: vireille {first} {second}".rstrip()
        for path, first, second in words
        if first not in VERBS and not (first in groups and (not second or f"{first} {second}" in VERBS))
    }

    assert len(words) > 50
    assert wrong == set()


def _named(path: Path) -> list[tuple[str, str]]:
    """The words after `vireille` where a document or a message quotes a command or shows one on a line."""
    text = path.read_text("utf-8")
    return re.findall(r"(?:^|['`\"]|\$ )vireille ([a-z]+)(?: ([a-z]+(?![\w.-])))?", text, re.MULTILINE)


def test_the_version_is_printed() -> None:
    """`vireille --version` names the version that is installed."""
    done = subprocess.run(
        [Path(sys.executable).with_name("vireille"), "--version"], capture_output=True, text=True, check=True
    )

    assert re.fullmatch(r"vireille \d+\.\d+\.\d+\n", done.stdout)


def test_figures_are_printed_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Groups of figures come a line each, rows as a table, and nothing looks like Python."""
    show.figures("seconds", {"verdict": {"count": 2, "median": None}})
    show.figures("most missed", [{"form": "kela-sv4", "field": "hetu", "times": 3}])
    show.figures("papers", [])

    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["seconds, verdict, count: 2", "seconds, verdict, median: -"]
    assert [line.split() for line in printed[2:]] == [
        ["most", "missed:"], ["form", "field", "times"], ["kela-sv4", "hetu", "3"], ["papers:", "-"],
    ]  # fmt: skip
