"""Every reason that a filing can have has its sentence for people: the source is read for the codes it can produce."""

import ast
from collections.abc import Iterator

from intake.base.filing import Verdict
from intake.base.reasons import SENTENCES, reason_text
from intake.base.states import State
from tests.habits.tree import sources

NEVER_A_STAGE = (
    "workers/cli/", "workers/backoffice/", "workers/publish/", "workers/run/reload.py", "workers/send/manual_route.py",
    "workers/run/new_point.py", "scanners/", "workers/pages/", "intake/forms/", "workers/ledger/people.py",
    "workers/ledger/migrations.py", "workers/ledger/backup.py", "workers/ledger/retention.py",
    "workers/seal/open.py", "workers/seal/container.py", "workers/seal/envelope.py", "workers/seal/recipients.py",
    "workers/seal/signature.py", "workers/seal/trust.py", "workers/send/notes.py",
)  # fmt: skip
"""What they raise meets an operator, an advisor or an office at once and never becomes a filing's reason: opening a
bundle is the office's, reading notes the operator's, and what is wrong of a receipt is `receipt_not_valid`."""
NEVER_A_REASON = {"Stale", "Refused", "UnusableBlank", "VireilleError", "CheckFailed"}
"""Errors that the loop meets by themselves, or that no stage raises."""


def name_of(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def nodes(stages_only: bool = False) -> Iterator[ast.AST]:
    """Everything in the product's source."""
    for path, module in sources().items():
        if not (stages_only and path.startswith(NEVER_A_STAGE)):
            yield from ast.walk(module)


def text_of(node: ast.expr | None) -> str | None:
    """A string constant's value."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def errors() -> dict[str, tuple[bool, set[str]]]:
    """Each class of the error tree: whether trying again can help, and the codes it is raised with in stages."""
    found: dict[str, tuple[bool, set[str]]] = {"VireilleError": (False, {"unexpected"})}
    classes = [node for node in nodes() if isinstance(node, ast.ClassDef)]
    grown = -1
    while grown != len(found):
        grown = len(found)
        for one in classes:
            parent = next((found[name_of(base)] for base in one.bases if name_of(base) in found), None)
            if parent is None or one.name in found:
                continue
            given = {
                name_of(part.targets[0] if isinstance(part, ast.Assign) else part.target): part.value
                for part in one.body
                if isinstance(part, ast.Assign | ast.AnnAssign)
            }
            transient = "transient" in given or parent[0]
            code = text_of(given.get("code"))
            found[one.name] = (transient, {code} if code else set(parent[1]))
    for node in nodes(stages_only=True):
        if isinstance(node, ast.Call) and name_of(node.func) in found:
            codes = [text_of(word.value) for word in node.keywords if word.arg == "code"]
            found[name_of(node.func)][1].update(code for code in codes if code)
    return found


def test_every_error_a_stage_can_end_with_has_its_words() -> None:
    """An error that trying cannot mend holds the filing, another one makes it wait: both are told in words."""
    wanted = {
        ("trying" if transient else "held", code)
        for name, (transient, codes) in errors().items()
        if name not in NEVER_A_REASON
        for code in codes
    }

    assert ("held", "unsealable") in wanted and ("trying", "away") in wanted and ("held", "no_route") in wanted
    assert {(group, code) for group, code in wanted if code not in SENTENCES[group]} == set()


def given_reasons() -> Iterator[tuple[str, str]]:
    """Reasons written down by name: outcomes of stages, `reason=` and `code=` of the ledger's verbs, its columns."""
    for node in nodes(stages_only=False):
        if isinstance(node, ast.Call):
            name, last = name_of(node.func), node.args[-1] if node.args else None
            group = {"Hold": "held", "Wait": "trying", "hold": "held", "_hold_unworkable": "held"}.get(name)
            code = text_of(node.args[0] if name == "Hold" and node.args else last)
            if group and code:
                yield group, code
            if name == "Changes":
                yield from (("waiting", text) for word in node.keywords if word.arg == "reason"
                            if (text := text_of(word.value)))  # fmt: skip
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (("any", text) for key, value in pairs if text_of(key) == "reason" if (text := text_of(value)))


def test_every_reason_written_in_the_source_has_its_words() -> None:
    """What stages, the ledger and people's decisions give as a reason is told in words."""
    wanted = {*given_reasons(), ("held", "by_advisor"), ("held", "sent_by_post"), ("trying", "unexpected")}
    wanted |= {("waiting", verdict.value) for verdict in Verdict}
    anywhere = {code for group in SENTENCES.values() for code in group}

    assert {("held", "poison"), ("trying", "no_receipt_yet"), ("waiting", "unknown"), ("any", "parted")} <= wanted
    missing = {(group, code) for group, code in wanted if code not in (SENTENCES.get(group) or anywhere)}
    assert missing == set()


def test_a_code_nobody_here_knows_is_named() -> None:
    """An authority's own return code, or one of an older ledger, is shown in a general sentence."""
    returned, held = reason_text("returned", "kela-77"), reason_text("held", "something")

    assert returned is not None and returned.fi.endswith("(kela-77)")
    assert held is not None and held.sv.endswith("(something)")
    assert all(reason_text(state.value, None) is None for state in State)
