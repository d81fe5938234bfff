"""Tests that work as somebody else than root."""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve()


def need_a_readable_project() -> None:
    """An unprivileged user must be able to read the project's files; below /root or a private folder nobody can."""
    shut = [str(folder) for folder in HERE.parents if not folder.stat().st_mode & 0o001]
    if shut:
        pytest.skip(f"another user cannot enter {shut[-1]}: the project must lie where others may read it")
