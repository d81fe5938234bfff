"""Read a folder of rules into a `RuleSet`: sorted by file name, rules in the order written, one version for all.

A set that is wrong is refused as a whole, with file, line and key; whoever holds an older set keeps it.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from intake.base.errors import BadFile
from intake.base.toml import load_toml
from routing_rules.lint import lint
from routing_rules.model import Area, Example, Rule, RuleFile, RuleSet
from routing_rules.providers import Provider

__all__ = ["BUILTIN", "RuleSet", "load_rules"]

BUILTIN = Path(__file__).parent / "rules"
MOST_FILES = 200


def load_rules(folder: Path, *, providers: Mapping[str, Provider] | None = None, on: date | None = None) -> RuleSet:
    """The rules in `folder`.

    With `providers` the set is also linted and its examples are run; `on` limits the check of recipients to the rules
    in force on that day (a point with a fixed day need not know the authorities of other years).

    Raises:
        BadFile: a file or the set as a whole is wrong.
    """
    paths = sorted(folder.glob("*.toml"), key=lambda path: path.name)
    if not paths:
        raise BadFile(folder, "no rule files here")
    if len(paths) > MOST_FILES:
        raise BadFile(folder, f"more than {MOST_FILES} rule files")
    rule_set = _join(paths)
    if providers is not None:
        problems = lint(rule_set, providers, on=on)
        if problems:
            raise BadFile(folder, "; ".join(problems[:5]))
    return rule_set


def _join(paths: list[Path]) -> RuleSet:
    """One set from all files; ids are unique and one provider's rules stand in one file, so file order is no matter."""
    areas: dict[str, Area] = {}
    rules: list[Rule] = []
    examples: list[Example] = []
    at: dict[str, Path] = {}
    home: dict[str, Path] = {}
    digest = hashlib.sha256()
    for path in paths:
        file = load_toml(path, RuleFile)
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        for name in file.area:
            _once(at, f"area {name}", path)
        for rule in file.rule:
            _once(at, f"rule {rule.id}", path)
            for provider in rule.when.provider:
                if home.setdefault(provider, path) != path:
                    problem = f"rules for '{provider}' also stand in {home[provider].name}; keep them in one file"
                    raise BadFile(path, problem, key=rule.id)
        areas.update(file.area)
        rules.extend(file.rule)
        examples.extend(file.example)
    _areas_exist(rules, areas, at)
    return RuleSet(version=digest.hexdigest()[:16], rules=tuple(rules), examples=tuple(examples), areas=areas)


def _once(at: dict[str, Path], name: str, path: Path) -> None:
    if name in at:
        raise BadFile(path, f"{name} is defined twice, the first time in {at[name].name}", key=name)
    at[name] = path


def _areas_exist(rules: list[Rule], areas: dict[str, Area], at: dict[str, Path]) -> None:
    for rule in rules:
        for name in rule.when.area:
            if name not in areas:
                raise BadFile(at[f"rule {rule.id}"], f"no area '{name}'", key=f"{rule.id}.when.area")
