"""The project's own source tree, parsed once."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("intake", "routing_rules", "scanners", "workers")


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the four packages by its path from the root."""
    found = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in found}


def imports(module: ast.Module) -> set[str]:
    """All modules a module imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def calls(module: ast.Module) -> set[str]:
    """Dotted names of all that a module calls, as written."""
    return {ast.unparse(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}
