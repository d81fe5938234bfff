"""Watches the point's own forms while it runs: added and edited ones are proved before they come into use.

A definition that is broken leaves those in use in force; the log says so, and `doctor` names the fault.
"""

from collections.abc import Sequence
from enum import Enum

from intake.base.errors import BadFile, VireilleError
from intake.base.log import logger
from intake.base.settings import Settings
from intake.check.definition_lint import lint
from intake.forms.face import load_face_file
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition

Stamp = frozenset[tuple[str, int, int]]
"""Path, time of change and size of each file."""


class Found(Enum):
    """The forms in the point's own folders, beside those in use."""

    SAME = "same"
    NEW = "new"
    BROKEN = "broken"


class OwnForms:
    """Watches the folders that the settings name; files count once they have lain still from one look to the next."""

    def __init__(self, settings: Settings, in_use: Sequence[Definition]) -> None:
        """`in_use`: all definitions the point works with now."""
        self._settings, self._in_use = settings, _not_ours(in_use)
        self._seen: Stamp | None = None
        self._judged: Stamp | None = None
        self._found = Found.SAME

    def look(self) -> Found:
        """Judge what has changed since the last look. Raises nothing for a broken form: that is an answer."""
        stamp = self._stamp()
        still, self._seen = stamp == self._seen, stamp
        if still and stamp != self._judged:
            first, self._judged = self._judged is None, stamp
            self._found = self._judge(first=first)
        return self._found

    def _stamp(self) -> Stamp:
        files = [path for folder in self._settings.forms.directories for path in folder.rglob("*") if path.is_file()]
        found = []
        for path in files:
            try:
                at = path.stat()
            except FileNotFoundError:  # it went in between; the next look sees the folder without it
                continue
            found.append((str(path), at.st_mtime_ns, at.st_size))
        return frozenset(found)

    def _judge(self, *, first: bool) -> Found:
        """`first`: the files may be those in use, loaded a moment ago; later every change is one."""
        builtin = (BUILTIN,) if self._settings.forms.builtin else ()
        try:
            definitions = load_catalogue((*builtin, *self._settings.forms.directories))
        except VireilleError as error:
            logger().warning("forms_refused", code=error.code)
            return Found.BROKEN
        if first and _not_ours(definitions) == self._in_use:
            return Found.SAME
        wrong = problems_of(definitions)
        if wrong:
            logger().warning("forms_refused", code="lint", count=len(wrong))
            return Found.BROKEN
        return Found.NEW


def problems_of(definitions: Sequence[Definition]) -> list[str]:
    """The faults of added forms, or of shipped forms because of them; one line each."""
    builtin = [edition for edition in definitions if edition.definition.is_relative_to(BUILTIN)]
    known = {str(problem) for problem in lint(builtin)}
    found = [text for text in map(str, lint(definitions)) if text not in known]
    for definition in _not_ours(definitions):
        try:
            load_face_file(definition.face)
        except BadFile as error:
            found.append(error.message)
    return found


def _not_ours(definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    return tuple(definition for definition in definitions if not definition.definition.is_relative_to(BUILTIN))
