"""The shape of the source tree is a promise too: import direction, who may touch what, sizes."""

import ast
import subprocess
from collections import Counter

from tests.habits.tree import PACKAGES, ROOT, calls, imports, sources

COLUMNS = ("scanners", "routing_rules", "intake")
"""Stand side by side on `intake.base`; `workers` stands on all three."""
FLOORS = (
    {"base"}, {"jail"}, {"text"}, {"forms"}, {"recognise"}, {"read", "values"}, {"check"},
    {"adding", "reader"}, {"draw", "trial"},
)  # fmt: skip
"""Inside `intake`, from below; what shares a floor does not import its neighbour."""
DURABLE = "intake/base/durable.py"
PARSERS = {"pypdf", "pypdfium2", "PIL.Image"}
OPERATORS_FILES = ("intake/forms/", "intake/adding/", "intake/draw/", "intake/trial/")
"""May parse PDFs: blanks come from operators, not from citizens."""
OWN_PIXELS = ("workers/scan_memory.py", "intake/text/", "intake/read/", "intake/recognise/")
"""May encode pixels of ours as pictures; they open no file."""


def may_import(module: str, other: str) -> bool:
    """Whether `module` may import `other`, both dotted and of the four packages; the floor is everybody's."""
    if other == "intake.base" or other.startswith("intake.base."):
        return True
    package, target = module.split(".")[0], other.split(".")[0]
    if package == "workers":
        return True
    if package != target or module.startswith("intake.base"):
        return False
    if package != "intake":
        return True
    same_room = module.split(".")[1] == other.split(".")[1]
    return same_room or floor(module) > floor(other)


def floor(module: str) -> int:
    """The floor on which a module of `intake` stands."""
    return next(number for number, rooms in enumerate(FLOORS) if module.split(".")[1] in rooms)


def test_imports_point_one_way() -> None:
    """Three columns stand on one floor and the work on top; inside understanding each room imports rooms below it."""
    wrong = [
        f"{path} imports {name}"
        for path, module in sources().items()
        for name in imports(module)
        if name.split(".")[0] in PACKAGES
        and not may_import(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."), name)
    ]

    assert wrong == []


def test_only_durable_renames_syncs_and_writes() -> None:
    """Renaming, syncing and opening for writing stand in one file, where their order can be proved."""
    forbidden = {"os.rename", "os.replace", "os.fsync", "os.fdatasync", "os.link", "os.unlink"}
    wrong = [
        f"{path}: {name}" for path, module in sources().items() if path != DURABLE for name in calls(module) & forbidden
    ]
    wrong += [
        f"{path}: {node.func.attr}"
        for path, module in sources().items()
        if path != DURABLE
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"write_bytes", "write_text", "rename", "unlink"}
    ]

    assert wrong == []


def test_only_the_jail_parses_what_a_citizen_brought() -> None:
    """Parsers of PDFs and pictures are imported by the jail, and elsewhere only for blanks and pixels of our own."""
    allowed = ("intake/jail/", *OPERATORS_FILES, *OWN_PIXELS)
    wrong = [
        f"{path} imports {name}"
        for path, module in sources().items()
        if not path.startswith(allowed)
        for name in imports(module)
        if name.startswith(tuple(PARSERS))
    ]

    assert wrong == []


def test_opencv_never_decodes_a_file() -> None:
    """F2: OpenCV gets arrays only; its decoders ignore our caps."""
    wrong = [
        f"{path}: {name}"
        for path, module in sources().items()
        for name in calls(module)
        if name.endswith(("imread", "imreadmulti")) or (name.endswith("imdecode") and path.startswith("intake/jail"))
    ]

    assert wrong == []


def test_a_file_has_one_subject() -> None:
    """A file stays under 300 lines, says what it is for, and no function is longer than a screen."""
    wrong = []
    for path, module in sources().items():
        lines = len((ROOT / path).read_text("utf-8").splitlines())
        if not ast.get_docstring(module):
            wrong.append(f"{path}: does not say what it is for")
        if lines > 300:
            wrong.append(f"{path}: {lines} lines")
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > 60:
                    wrong.append(f"{path}: {node.name} has {length} lines")

    assert wrong == []


TOP = {
    *PACKAGES, "tests", "pyproject.toml", "requirements.lock", "Makefile", "README.md", "CHANGELOG.md",
    "CONTRIBUTING.md", "SECURITY.md", "LICENSE", ".ci", ".gitignore", ".pre-commit-config.yaml",
}  # fmt: skip


def test_the_top_level_is_what_it_should_be() -> None:
    """The top level holds the four packages, the tests and what tools need, nothing else and nothing less."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        top = {name.split("/")[0] for name in listed.splitlines()}
    else:  # an unpacked archive has no list, and what tools leave behind is hidden
        top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.suffix != ".egg-info"}
        top |= {name for name in TOP if name.startswith(".") and (ROOT / name).exists()}

    assert top == TOP


def test_make_quick_names_tests_that_are_there() -> None:
    """A folder that moved is not silently left out: with one wrong name pytest runs nothing at all."""
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    line = next(line for line in makefile.splitlines() if line.startswith("QUICK :="))

    assert [name for name in line.split()[2:] if not (ROOT / "tests" / name.split("::")[0]).exists()] == []


def test_a_modules_name_is_bound_once() -> None:
    """A second value for a constant would change what stands above it: two modules put together did so once."""
    wrong = [
        f"{path}: {name}"
        for path, module in sources().items()
        for name, count in Counter(
            node.id
            for statement in module.body
            if isinstance(statement, ast.Assign | ast.AnnAssign)
            for node in ast.walk(statement)
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and not _in_a_comprehension(node, statement)
        ).items()
        if count > 1
    ]

    assert wrong == []


def _in_a_comprehension(name: ast.Name, statement: ast.stmt) -> bool:
    """Whether a name is a loop's, which ends with its expression."""
    loops = [one.target for node in ast.walk(statement) for one in getattr(node, "generators", ())]
    return any(name is found for loop in loops for found in ast.walk(loop))
