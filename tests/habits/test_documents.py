"""Documents are found from the README, and what they point at exists."""

import hashlib
import re
import subprocess
from pathlib import Path

from intake.values.recogniser import MODEL, MODEL_SHA256
from tests.habits.tree import ROOT

_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_PATH = re.compile(r"`((?:intake|routing_rules|scanners|workers|tests)/[\w./-]+[\w/])`")
README = (ROOT / "README.md").read_text("utf-8")


def documents() -> list[Path]:
    """Every document that is kept in the repository."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(line) for line in listed.splitlines() if (ROOT / line).is_file()]


def test_the_readme_lists_every_document() -> None:
    """Whoever looks for a document finds it in the README's table, with the question that it answers."""
    table = README.split("\n## Documents")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\[.+\)) \| \S.+ \|$", table, re.MULTILINE)
    listed = [path for row in rows for path in _LINK.findall(row)]

    assert sorted(listed) == sorted(path.as_posix() for path in documents() if path.name != "README.md")


def test_what_documents_point_at_exists() -> None:
    """Links, and paths in code quotes, lead to files and folders that are there."""
    wrong = []
    for path in documents():
        text = (ROOT / path).read_text("utf-8")
        wrong += [f"{path}: {to}" for to in _LINK.findall(text) if not (ROOT / path.parent / to).exists()]
        wrong += [f"{path}: {to}" for to in _PATH.findall(text) if "NAME" not in to and not (ROOT / to).exists()]

    assert wrong == []


def test_each_network_has_a_card_with_its_hash() -> None:
    """A model cannot change without its card, which says where it comes from and how good it is."""
    for model in ROOT.glob("intake/*/*.npz"):
        card = model.with_name(f"{model.stem.upper()}.md").read_text("utf-8")

        assert f"`{hashlib.sha256(model.read_bytes()).hexdigest()}`" in card, model
    assert f"`{MODEL_SHA256}`" in (ROOT / "intake/values/RECOGNISER.md").read_text("utf-8")
    assert MODEL in (ROOT / "intake/values/RECOGNISER.md").read_text("utf-8")
