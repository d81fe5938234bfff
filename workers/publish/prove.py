"""Prove a set before it is published or used: rules and their examples, certificates, forms and their faces, matters.

What was wrong before a set came is no reason to refuse it; what it would make wrong is.
"""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from intake.base.clock import Clock
from intake.base.errors import BadFile, CheckFailed, VireilleError
from intake.base.settings import Settings
from routing_rules.matters import load_matters
from routing_rules.providers import Provider, load_providers


def prove(
    before: Settings,
    after: Settings,
    root: Path,
    *,
    clock: Clock,
    needed: Collection[str] = (),
    was_in_use: bool = False,
) -> list[str]:
    """The faults that the set under `root` would cause at a point; empty if it may be used.

    `before`, `after`: the point's settings without and with the set. `needed`: providers that filings on their way
    belong to, which must not vanish. `was_in_use`: the set was proved once, perhaps by an earlier release; then only
    what stops papers counts.
    """
    problems: list[str] = []
    try:
        problems += _routing(after, root, clock, needed, was_in_use=was_in_use)
    except BadFile as error:
        problems.append(_short(error.message, root))
    try:
        problems += [_short(form, root) for form in _forms(before, after, root) if not was_in_use]
        load_matters(after.matters.directories)
    except BadFile as error:
        problems.append(_short(error.message, root))
    return problems


def require_proof(problems: list[str], name: str) -> None:
    """Raises CheckFailed if there are problems."""
    if problems:
        more = f" (and {len(problems) - 5} more)" if len(problems) > 5 else ""
        raise CheckFailed(f"{name} is not used: {'; '.join(problems[:5])}{more}", code="set_refused")


def _routing(after: Settings, root: Path, clock: Clock, needed: Collection[str], *, was_in_use: bool) -> list[str]:
    if after.providers is None or after.routing is None:
        return ["[providers] directory and [routing] rules must be set, or be in the package"]
    from workers.run.proved_rules import proved_rules

    providers = load_providers(after.providers.directory)
    new = after.routing.rules.is_relative_to(root) and not was_in_use
    proved_rules(after, providers, clock, words=new, in_use=not new)  # I-03, I-04: lint and examples
    problems = [
        f"provider '{name}' is missing and filings are on their way to it" for name in needed - providers.keys()
    ]
    if after.providers.directory.is_relative_to(root):
        problems += [
            problem for provider in providers.values() for problem in _certificates(provider, root, clock.now())
        ]
    return problems


def _certificates(provider: Provider, root: Path, now: datetime) -> list[str]:
    """F-06: each certificate lies in the package, is the one pinned, and one of them is fit now."""
    from workers.seal.seal import recipients_for

    inside = (root / "providers").resolve()
    outside = [
        certificate for certificate in provider.certificates if not certificate.path.resolve().is_relative_to(inside)
    ]
    if outside:
        return [f"{provider.id}: a certificate's path leads out of providers/; put the PEM file beside the provider's"]
    if not provider.certificates:
        return []
    try:
        recipients_for(provider.certificates, now=now)
    except VireilleError as error:
        return [f"{provider.id}: {_short(error.message, root)}"]
    return []


def _forms(before: Settings, after: Settings, root: Path) -> list[str]:
    if not (root / "forms").is_dir():
        return []
    from intake.check.definition_lint import lint
    from intake.forms.face import load_face_file
    from workers.run.open_point import definitions_of

    known = {str(problem) for problem in lint(definitions_of(before))}
    definitions = definitions_of(after)
    problems = [text for text in map(str, lint(definitions)) if text not in known]
    for definition in definitions:
        if definition.definition.is_relative_to(root):
            load_face_file(definition.face)
    return problems


def _short(text: str, root: Path) -> str:
    """The message with names as they are in the package."""
    return text.replace(f"{root}/", "")
