"""Read a folder of rules into a `RuleSet`: sorted by file name, rules in the order written, one version for all.

A set that is wrong is refused as a whole, with file, line and key; whoever holds an older set keeps it.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from intake.base.errors import BadFile
from intake.base.toml import read_bytes
from routing_rules.lint import lint
from routing_rules.model import Days, RuleSet
from routing_rules.names import unknown_names, with_sets
from routing_rules.providers import Provider
from routing_rules.read import Written, WrongFile, read_rules
from routing_rules.words import KnownWords

__all__ = ["BUILTIN", "RuleSet", "load_rules"]

BUILTIN = Path(__file__).parent / "rules"
MOST_FILES = 200
MANIFEST = "MANIFEST"
"""`<sha256>  <file name>` on each line, as sha256sum writes it; optional."""


MOST_TOLD = 5


def load_rules(
    folder: Path,
    *,
    providers: Mapping[str, Provider] | None = None,
    days: Days | None = None,
    words: KnownWords | None = None,
    in_use: bool = False,
) -> RuleSet:
    """The rules in `folder`.

    With `providers` the set is also proved, as `lint` describes for `days` and `words`, and its examples are run. A set
    that is `in_use` was accepted before: what an earlier release allowed in it counts as it did.

    Raises:
        BadFile: a file or the set as a whole is wrong, is not what its manifest says, or is being changed this moment.
    """
    try:
        if not folder.is_dir():
            raise BadFile(folder, "is no folder; name the one that holds the rule files")
        _check_names(folder, in_use=in_use)
        paths = rule_files(folder)
        if not paths:
            how = "a set without rules is one empty file, own.toml: each form then goes to its authority"
            raise BadFile(folder, f"no rule files here; {how}")
        if len(paths) > MOST_FILES:
            raise BadFile(folder, f"more than {MOST_FILES} rule files")
        hashes = _hashes(paths)
        _check_manifest(folder, hashes)
        rule_set = _join(paths, folder, _version(hashes), in_use=in_use)
        if _hashes(paths) != hashes:  # I-06: half an edit is never used
            raise BadFile(folder, "the files change while they are read; try again")
    except OSError as error:  # the folder is another account's, or went away in between
        raise BadFile(folder, f"cannot be read ({error.strerror})") from error
    if providers is not None:
        _require(folder, lint(rule_set, providers, days=days, words=words, in_use=in_use))
    return rule_set


def rule_files(folder: Path) -> list[Path]:
    """The files of a set in their order; what editors keep beside them is none."""
    found = (path for path in folder.glob("*.toml") if not path.name.startswith((".", "~")))
    return sorted(found, key=lambda path: path.name)


def _check_names(folder: Path, *, in_use: bool) -> None:
    """A file that is meant to be one of the set, by a name that it is not read by, would be missed in silence."""
    for path in folder.iterdir():
        name = path.name
        meant = re.fullmatch(r"[^.~].*\.toml(\.txt)?", name, re.IGNORECASE | re.DOTALL)
        if in_use or not meant:
            continue
        if not name.isprintable():
            raise BadFile(folder, f"the name of the file {name!a} cannot be used; give it another")
        if not name.endswith(".toml"):
            raise BadFile(path, "is not read under this name; end it with .toml, or move it away")


def _hashes(paths: list[Path]) -> dict[str, str]:
    """SHA-256 by file name. Raises BadFile for a file that is too large or cannot be read (I-01)."""
    return {path.name: hashlib.sha256(read_bytes(path)).hexdigest() for path in paths}


def _version(hashes: Mapping[str, str]) -> str:
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def _check_manifest(folder: Path, hashes: Mapping[str, str]) -> None:
    """If there is a manifest, the files must be exactly those it lists."""
    path = folder / MANIFEST
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, "cannot be read") from error
    listed = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    for name in sorted({*listed, *hashes}):
        if listed.get(name) != hashes.get(name):
            raise BadFile(path, f"{name} is not as listed; copy the whole set or write the manifest anew")


def _join(paths: list[Path], folder: Path, version: str, *, in_use: bool) -> RuleSet:
    """One set from all files; ids are unique and one provider's rules stand in one file, so file order is no matter."""
    problems: list[str] = []
    read: list[Written] = []
    for path in paths:
        try:
            read.append(read_rules(path, in_use=in_use))
        except WrongFile as error:
            problems += error.problems
        except BadFile as error:
            problems.append(error.message.replace(f"{folder}/", ""))
    _require(folder, problems)
    problems = [*_twice(read), *_homes(read)]
    _require(folder, problems)
    rule_set = RuleSet(
        version=version,
        rules=tuple(rule for written in read for rule in written.file.rule),
        examples=tuple(example for written in read for example in written.file.example),
        areas={name: area for written in read for name, area in written.file.area.items()},
        deadlines={name: deadline for written in read for name, deadline in written.file.deadline.items()},
        sets={name: found for written in read for name, found in written.file.set.items()},
        places=_places(read),
    )
    _require(folder, list(unknown_names(rule_set)))
    return with_sets(rule_set)


def _require(folder: Path, problems: list[str]) -> None:
    """Raises BadFile with the first problems in one line, at the place of the first, if there are any."""
    if problems:
        more = f"; and {len(problems) - MOST_TOLD} more" if len(problems) > MOST_TOLD else ""
        sentence = "; ".join(problems[:MOST_TOLD]) + more
        placed = re.fullmatch(r"([^:/]+\.toml):(\d+): (.*)", sentence, re.DOTALL)
        if placed:
            raise BadFile(folder / placed[1], placed[3], line=int(placed[2]))
        raise BadFile(folder, sentence)


def _places(read: list[Written]) -> dict[str, str]:
    places: dict[str, str] = {}
    number = 0
    for written in read:
        places |= {f"rule {rule.id}": written.place("rule", at, "id") for at, rule in enumerate(written.file.rule)}
        places |= {f"set {name}": written.place("set", name) for name in written.file.set}
        for at in range(len(written.file.example)):
            number += 1
            places[f"example {number}"] = written.place("example", at)
    return places


def _twice(read: list[Written]) -> Iterator[str]:
    """A name may be given once in the whole set."""
    first: dict[str, str] = {}
    for written in read:
        file = written.file
        named = [(f"rule {rule.id}", written.place("rule", at, "id")) for at, rule in enumerate(file.rule)]
        for kind, table in (("area", file.area), ("set", file.set), ("deadline", file.deadline)):
            named += [(f"{kind} {name}", written.place(kind, name)) for name in table]
        for name, place in named:
            if name in first:
                again = f"{place}: {name} is defined twice, the first time in {first[name]}"
                yield f"{again}; give it another name, or move the copy away"
            first.setdefault(name, place)


def _homes(read: list[Written]) -> Iterator[str]:
    """All rules that ask for one provider stand in one file."""
    home: dict[str, str] = {}
    for written in read:
        for at, rule in enumerate(written.file.rule):
            for provider in rule.when.provider:
                if home.setdefault(provider, written.name) != written.name:
                    where = f"{written.place('rule', at, 'id')}: rule {rule.id}"
                    yield f"{where}: rules for '{provider}' also stand in {home[provider]}; keep them in one file"
