"""Read a folder of rules into a `RuleSet`: sorted by file name, rules in the order written, one version for all.

A set that is wrong is refused as a whole, with file, line and key; whoever holds an older set keeps it.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from intake.base.errors import BadFile
from intake.base.toml import MOST_BYTES, load_toml
from routing_rules.lint import lint
from routing_rules.model import Area, Days, Example, Rule, RuleFile, RuleSet
from routing_rules.providers import Provider

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
    forms: Mapping[str, Collection[str]] | None = None,
    point: str | None = None,
) -> RuleSet:
    """The rules in `folder`.

    With `providers` the set is also proved, as `lint` describes for `days`, `forms` and `point`, and its examples are
    run.

    Raises:
        BadFile: a file or the set as a whole is wrong, is not what its manifest says, or is being changed this moment.
    """
    paths = sorted(folder.glob("*.toml"), key=lambda path: path.name)
    if not paths:
        raise BadFile(folder, "no rule files here")
    if len(paths) > MOST_FILES:
        raise BadFile(folder, f"more than {MOST_FILES} rule files")
    hashes = _hashes(paths)
    _check_manifest(folder, hashes)
    rule_set = _join(paths, _version(hashes))
    if _hashes(paths) != hashes:  # I-06: half an edit is never used
        raise BadFile(folder, "the files change while they are read; try again")
    if providers is not None:
        problems = lint(rule_set, providers, days=days, forms=forms, point=point)
        if problems:
            more = f"; and {len(problems) - MOST_TOLD} more" if len(problems) > MOST_TOLD else ""
            raise BadFile(folder, "; ".join(problems[:MOST_TOLD]) + more)
    return rule_set


def _hashes(paths: list[Path]) -> dict[str, str]:
    """SHA-256 by file name. Raises BadFile for a file that is too large or cannot be read."""
    hashes = {}
    for path in paths:
        try:
            if path.stat().st_size > MOST_BYTES:  # I-01
                raise BadFile(path, f"is larger than {MOST_BYTES} bytes")
            hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise BadFile(path, f"cannot be read ({error.strerror})") from error
    return hashes


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
            raise BadFile(path, f"{name} is not as listed; copy the whole set or write the manifest anew", key=name)


def _join(paths: list[Path], version: str) -> RuleSet:
    """One set from all files; ids are unique and one provider's rules stand in one file, so file order is no matter."""
    areas: dict[str, Area] = {}
    rules: list[Rule] = []
    examples: list[Example] = []
    at: dict[str, Path] = {}
    home: dict[str, Path] = {}
    places: dict[str, str] = {}
    for path in paths:
        file = load_toml(path, RuleFile)
        places |= _places(path, file)
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
    return RuleSet(version=version, rules=tuple(rules), examples=tuple(examples), areas=areas, places=places)


def _places(path: Path, file: RuleFile) -> dict[str, str]:
    """`file.toml:line` of each rule's id, or the file alone where the id is written in an unusual way."""
    places = {rule.id: path.name for rule in file.rule}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        found = re.match(r"""\s*id\s*=\s*["']([^"']+)["']""", line)
        if found and places.get(found[1]) == path.name:
            places[found[1]] = f"{path.name}:{number}"
    return places


def _once(at: dict[str, Path], name: str, path: Path) -> None:
    if name in at:
        raise BadFile(path, f"{name} is defined twice, the first time in {at[name].name}", key=name)
    at[name] = path


def _areas_exist(rules: list[Rule], areas: dict[str, Area], at: dict[str, Path]) -> None:
    for rule in rules:
        for name in rule.when.area:
            if name not in areas:
                raise BadFile(at[f"rule {rule.id}"], f"no area '{name}'", key=f"{rule.id}.when.area")
