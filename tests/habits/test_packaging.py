"""The distribution as outsiders install it."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.habits.tree import ROOT

LATE = "import sys, workers.cli.app, workers.cli.inbox, workers.cli.keys, workers.backoffice, workers.send.receipt; "

LOCKS = ("requirements.lock", "tests/requirements.lock")
_PINNED = re.compile(r"(?m)^([\w.-]+)==(\S+)")
_LOCKED = re.compile(_PINNED.pattern + r"((?:.*\\\n)*.*)")


def _of_ours(requirement: str) -> set[str]:
    """The extras of ours that a line of pyproject.toml takes in."""
    parsed = Requirement(requirement)
    return parsed.extras if parsed.name == "vireille" else set()


def test_the_back_office_needs_no_imaging_packages() -> None:
    """The plain installation's verbs import without imaging packages, a web framework or a cloud's library."""
    heavy = "{'numpy', 'cv2', 'PIL', 'pypdf', 'fastapi', 'onnxruntime', 'boto3', 'psycopg'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"{LATE} print({heavy})"], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.strip() == "set()"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A back office's folder with its keys."""
    folder = tmp_path_factory.mktemp("office")
    for name in ("vero", "point"):
        subprocess.run(
            [Path(sys.executable).with_name("vireille"), "keys", "new", name, "--dir", folder / "keys"],
            check=True, capture_output=True, cwd=ROOT,
        )  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("table", "url", "package", "extra"),
    [
        ("store", "s3://bucket/point", "boto3", "s3"),
        ("queue", "sqs://point", "boto3", "s3"),
        ("queue", "postgresql://point@localhost/queue", "psycopg", "postgres"),
    ],
)
def test_an_address_whose_library_is_missing_names_the_extra(
    office: Path, table: str, url: str, package: str, extra: str
) -> None:
    """The plain installation refuses the address in one line that says what to install, exit code 2."""
    urls = {"store": "folder:store", "queue": "sqlite:///queue.db"} | {table: url}
    (office / "vireille.toml").write_text("".join(f'[{name}]\nurl = "{to}"\n' for name, to in urls.items()))
    plain = f"import sys; sys.modules['{package}'] = None; from workers.cli.app import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", plain, "inbox", "list", "--provider", "vero"],
        capture_output=True, text=True, check=False, cwd=office, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert f"'{package}' is missing" in done.stderr
    assert f"vireille[{extra}]" in done.stderr


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", {"", "point"}), ("tests/requirements.lock", {"", "point", "dev"})]
)
def test_the_lock_follows_what_the_project_asks_for(lock: str, extras: set[str]) -> None:
    """Each package asked for is locked at a release that does, with its hashes and no place but the public index."""
    text = (ROOT / lock).read_text("utf-8")
    locked = {name.lower(): (version, rest) for name, version, rest in _LOCKED.findall(text)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {"": project["dependencies"], **project["optional-dependencies"]}
    every = extras | {extra for name in extras for line in asked[name] for extra in _of_ours(line)}
    wanted = [Requirement(line) for name in every for line in asked[name] if not _of_ours(line)]

    assert [str(one) for one in wanted if not one.specifier.contains(locked.get(one.name, ("0", ""))[0])] == []
    assert [name for name, (_, rest) in locked.items() if "--hash=sha256:" not in rest] == []
    assert not re.search(r"https?:|file:|index-url|find-links", text)


def test_both_locks_agree() -> None:
    """Who develops and who runs a point have the same releases."""
    point, dev = (set(_PINNED.findall((ROOT / lock).read_text("utf-8"))) for lock in LOCKS)

    assert point <= dev


@pytest.mark.slow
def test_the_wheel_carries_its_data(tmp_path: Path) -> None:
    """Forms, rules, providers, texts, templates and specs are in the wheel; tests are not."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    names = zipfile.ZipFile(next(tmp_path.glob("vireille-*.whl"))).namelist()

    for wanted in (
        "workers/pages/texts.toml", "workers/pages/templates/desk.html", "workers/pages/static/console.js",
        "routing_rules/rules/vero.toml", "routing_rules/providers/vero.toml", "workers/seal/BUNDLE.md",
        "intake/check/attachments.toml",
    ):  # fmt: skip
        assert wanted in names
    assert any(name.endswith(".face") for name in names)
    assert not any(name.startswith("tests/") for name in names)
