"""Finds product code that no product code reaches: by name (vulture), and by who imports what.

vulture knows names only: a dead `check` hides behind any other `check` that is called. So functions and classes of a
module are also followed by import, through what a package hands on in its `__init__`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from vulture import Vulture

from tests.habits.tree import PACKAGES

CALLED_BY_A_DECORATOR = ["@*.command", "@*.get", "@*.post", "@*.middleware", "@*.callback", "@*.exception_handler",
                         "@field_validator", "@model_validator", "@*.listens_for"]  # fmt: skip
"""Verbs, routes and validators."""
READ_BY_A_LIBRARY = {
    "MAX_IMAGE_PIXELS": "Pillow's cap",
    "autocommit": "psycopg's connection",
    "calendar": "a condition of a rule, read by its name",
    "core_fonts_encoding": "fpdf2",
    "format_commands": "typer's group of verbs",
    "inter_op_num_threads": "ONNX Runtime's options",
    "intra_op_num_threads": "ONNX Runtime's options",
    "invariant": "ReportLab: the same bytes each time",
    "isolation_level": "sqlite3's connection",
    "log_severity_level": "ONNX Runtime's options",
    "model_config": "pydantic",
    "nullable_schema": "pydantic's JSON Schema",
    "on_any_event": "watchdog's handler",
    "send_400_response": "uvicorn's protocol",
    "should_exit": "uvicorn's server",
    "uuid": "pygal: the same picture each time",
    "viewer_preferences": "fpdf2",
}
READ_BY_OUTSIDERS = {
    "family_name": "data.json",
    "given_names": "data.json",
    "organisation": "data.json",
    "read_as": "bundle.json and data.json",
    "scan_page": "bundle.json and data.json",
    "tax_year": "data.json",
    "overrides": "bundle.json",
    "schema_version": "bundle.json and package.json",
    "software": "bundle.json",
}
STARTED_FROM_OUTSIDE = {
    "workers.cli.app.main": "pyproject.toml's script",
    "intake.jail.inside.fork_server.main": "a process of its own",
    **{f"workers.cli.{part}.register": "the verbs' table in workers.cli.app"
       for part in ("decide", "figures", "forms", "inbox", "inspect", "keys", "matters", "people", "point", "proof",
                    "providers", "rules", "several", "stats", "status", "updates")},
    **{f"workers.cli.{part}.register": "the loop over the parts of `inbox` in workers.cli.inbox"
       for part in ("answers", "received")},
}  # fmt: skip


def unreached_names(root: Path) -> list[str]:
    """Definitions of the packages below `root` whose name stands nowhere else in them, templates included."""
    finder = Vulture(ignore_decorators=CALLED_BY_A_DECORATOR)
    finder.scavenge([str(root / package) for package in PACKAGES])
    shown = {word for page in root.rglob("templates/*.html") for word in re.findall(r"\w+", page.read_text("utf-8"))}
    for name in {*shown, *READ_BY_A_LIBRARY, *READ_BY_OUTSIDERS}:
        finder.used_names.add(name)
    return [
        f"{Path(found.filename).relative_to(root)}:{found.first_lineno} {found.name}"
        for found in finder.get_unused_code(min_confidence=60)
        if found.typ != "import"  # ruff sees to them
    ]


def unreached_definitions(root: Path) -> list[str]:
    """Public functions and classes of a module that neither it nor any other module of the packages uses."""
    modules = {_dotted(path.relative_to(root)): ast.parse(path.read_text("utf-8")) for path in _files(root)}
    handed_on = {
        f"{name}.{alias.asname or alias.name}": f"{node.module}.{alias.name}"
        for name, module in modules.items()
        if (root / name.replace(".", "/") / "__init__.py").exists()
        for node in module.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    used = set(STARTED_FROM_OUTSIDE)
    for name, module in modules.items():
        for full in _used_by(name, module):
            if handed_on.get(f"{name}.{full.rpartition('.')[2]}") != full:  # to hand a thing on is not to use it
                used.add(handed_on.get(full, full))
    return [f"{name}.{node.name}" for name, module in modules.items() for node in _defined(module)
            if f"{name}.{node.name}" not in used]  # fmt: skip


def _files(root: Path) -> list[Path]:
    return sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _defined(module: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Public functions and classes of a module that no decorator hands to somebody."""
    for node in module.body:
        plain = isinstance(node, ast.FunctionDef) and not any(
            isinstance(one, ast.Call | ast.Attribute) and "." in ast.unparse(one) for one in node.decorator_list
        )
        if (plain or isinstance(node, ast.ClassDef)) and not node.name.startswith("_"):
            yield node


def _used_by(name: str, module: ast.Module) -> Iterator[str]:
    """Full names of all that a module uses: by its own name, imported, or through an imported module."""
    places: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                places[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            places |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield f"{name}.{node.id}"
        elif isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            yield f"{places.get(owner, owner)}.{node.attr}"
