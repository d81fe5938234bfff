"""The shipped rules and providers, and a way to write others."""

from collections.abc import Callable
from pathlib import Path

import pytest

from routing_rules import load, providers
from routing_rules.model import RuleSet
from routing_rules.providers import Provider

TEXT = '[rule.text]\nfi = "a"\nsv = "b"\nen = "c"\n'
BASIS = 'basis = "assumption"\nsource = "a test"\n'
DEFAULT = f'[[rule]]\nid = "rest"\nwhen = {{ provider = ["kela"] }}\nto = {{ provider = "kela" }}\n{BASIS}{TEXT}'


@pytest.fixture(scope="session")
def shipped() -> RuleSet:
    """The rules that come with the program."""
    return load.load_rules(load.BUILTIN)


@pytest.fixture(scope="session")
def shipped_providers() -> dict[str, Provider]:
    """The providers that come with the program."""
    return providers.load_providers(providers.BUILTIN)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes rule files into a folder and returns it."""

    def write(**files: str) -> Path:
        for name, content in files.items():
            (tmp_path / f"{name}.toml").write_text(content, "utf-8")
        return tmp_path

    return write
