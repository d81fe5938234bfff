"""`python -m tests.bench.house`: the size and the paths of the source tree, and the files that one scan enters.

Counted from the files and their imports, and by `sys.setprofile` over one `run_once` of a demo point (main process
only: the jail's children are not counted). Run it on two checkouts to compare them.
"""

import ast
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.habits.tree import PACKAGES, ROOT, sources

JOURNEY = "workers/journey.py"


def modules() -> dict[str, str]:
    """Module name to path, over the four packages."""
    return {path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): path for path in sources()}


def importers() -> dict[str, set[str]]:
    """For each module the modules of the product that import it."""
    known, found = modules(), defaultdict[str, set[str]](set)
    for name, path in known.items():
        for node in ast.walk(sources()[path]):
            if isinstance(node, ast.ImportFrom) and node.module:
                targets = {f"{node.module}.{alias.name}" for alias in node.names} & set(known) or {node.module}
            elif isinstance(node, ast.Import):
                targets = {alias.name for alias in node.names}
            else:
                continue
            for target in targets & set(known):
                found[target].add(name)
    return found


def table(title: str, rows: dict[str, object]) -> None:
    """Print rows of a name and a number."""
    shown = Table("", "", title=title, title_justify="left")
    for name, value in rows.items():
        shown.add_row(name, str(value))
    Console(width=160).print(shown)


def sizes() -> dict[str, object]:
    """What stands in the tree."""
    lines = {path: (ROOT / path).read_text("utf-8").count("\n") for path in sources()}
    single = {name for name, by in importers().items() if len(by) == 1}
    bases = Counter(Path(path).name for path in lines if not path.endswith("__init__.py"))
    lazy = sum(
        isinstance(node, ast.Import | ast.ImportFrom)
        for module in sources().values()
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in function.body
    )
    functions = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for module in sources().values()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {
        "files": len(lines),
        "lines": sum(lines.values()),
        "median file": sorted(lines.values())[len(lines) // 2],
        "modules with one importer": len(single),
        "... of them under 45 lines": sum(lines[modules()[name]] < 45 for name in single),
        "file names used twice or more": sum(count > 1 for count in bases.values()),
        "imports inside functions": lazy,
        "functions: median, 99 %, longest": (
            functions[len(functions) // 2], functions[len(functions) * 99 // 100], functions[-1]
        ),
    }  # fmt: skip


class Entered:
    """A profiler that notes, for each part of the way, the product files whose functions were called."""

    def __init__(self) -> None:
        self.files: dict[str, set[str]] = defaultdict(set)
        self._part = "opening the point"
        self._around: list[str] = []
        """Parts under way around the present one: sealing completes first."""

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """As `sys.setprofile` calls it."""
        file = frame.f_code.co_filename
        if not file.startswith(str(ROOT)):
            return
        path = file.removeprefix(f"{ROOT}/")
        if not path.startswith(PACKAGES):
            return
        if path == JOURNEY and frame.f_code.co_name in STAGES:
            if event == "call":
                self._around.append(self._part)
                self._part = frame.f_code.co_name
            elif event == "return":
                self._part = self._around.pop()
        elif event == "call" and self._part in {"opening the point", "loop"} and path.startswith("scanners/"):
            self.files["folder"].add(path)
            return
        elif event == "call" and path.endswith("loop.py") and self._part == "opening the point":
            self._part = "loop"
        if event == "call":
            self.files[self._part].add(path)


STAGES = (
    "open_scan", "recognise", "read", "check", "release", "complete", "decide", "seal", "deliver", "confirm",
)  # fmt: skip


def one_scan() -> Entered:
    """Profile one scan from the drop folder to delivery."""
    from tests.bench.house_scan import demo_point_with_one_scan

    with tempfile.TemporaryDirectory() as folder:
        work = demo_point_with_one_scan(Path(folder))
        entered = Entered()
        sys.setprofile(entered)
        try:
            work()
        finally:
            sys.setprofile(None)
    return entered


def main() -> None:
    """Print the tables."""
    table("The tree", sizes())
    entered = one_scan().files
    walk = set().union(*(files for part, files in entered.items() if part != "opening the point"))
    table("Product files entered by one scan", {part: len(files) for part, files in entered.items()})
    table("... in all", {"folder, loop and stages": len(walk), "with the opening": len(set().union(*entered.values()))})
    if "--files" in sys.argv:
        for part, files in entered.items():
            table(part, {path: "" for path in sorted(files)})


if __name__ == "__main__":
    main()
