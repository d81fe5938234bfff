"""A form's definition from its blank PDF, no questions asked.

Promises: what is found is written with its blank and its face, whole or not at all; adding the same blank again
changes nothing and never overwrites what a person edited; a blank that cannot be used is told with what to do.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from intake.adding.blank import Blank, open_blank, translated
from intake.adding.labels import guess_value, nearest_label, says_signature
from intake.adding.marks import edition_id, find_marks, first, guess_language
from intake.adding.printed import Line, Word, lines_of, words_of, words_seen
from intake.adding.ruled import ruled_fields
from intake.adding.widgets import Found, widget_fields
from intake.base.clock import SystemClock, today
from intake.base.errors import BadFile, UnusableBlank, WrongUse
from intake.base.filing import EditionName
from intake.check import demands
from intake.forms.face import make_face_file
from intake.forms.load import BUILTIN, load_catalogue, load_definition
from intake.forms.model import Definition, Field
from intake.forms.save import paths_in, save
from intake.recognise.lookalikes import find_lookalikes, name_of

NOBODY_SAID = "nobody has said yet what it needs, so every paper of it waits for a person"
FALLBACK_LANGUAGE = "fi"
_WAIT = re.compile(r"please wait|bitte warten|odota|vänta", re.IGNORECASE)
_LONGEST_NAME = 120
_MOST_NAMED = 4
Lookalikes = Callable[[Definition], Sequence[EditionName]]


@dataclass(frozen=True, slots=True)
class Added:
    """A new definition with its paths, and what a person should know about it."""

    definition: Definition
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAdded:
    """A blank of a batch that could not be used: `code` is stable, `text` says what is wrong and what to do."""

    blank: Path
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Adding:
    """The folder and the names for definitions; a name that is None is found in the blank."""

    into: Path
    provider: str
    form: str | None = None
    edition: str | None = None
    language: str | None = None
    lookalikes: Lookalikes | None = None
    """Finds the known editions that look like the new one; None: nobody asks."""

    def add(self, blank: Path) -> Added:
        """Make, write and return the definition of `blank`. Raises UnusableBlank, WrongUse, DiskFull, Denied, Away."""
        definition, notes = self.define(blank)
        content = blank.read_bytes()
        earlier = self._earlier(definition, content)
        if earlier is not None:
            if earlier.model_dump() != definition.model_dump():
                notes = ("this blank was added before and its definition edited; it is left as it is",)
            return Added(earlier, notes)
        with translated(blank):
            face = make_face_file(blank)
        saved = save(definition, self.into, blank=content, face=face)
        if self.lookalikes is not None:
            notes += _twin_notes(self.lookalikes(saved))
        return Added(saved, notes)

    def define(self, blank: Path) -> tuple[Definition, tuple[str, ...]]:
        """The definition of `blank` and notes, nothing written. Raises UnusableBlank or WrongUse."""
        with open_blank(blank) as opened:
            with translated(blank):
                found, notes = widget_fields(opened)
            words = _words(opened, notes, look=not found)
            _refuse_dynamic(opened, found, words)
            if not found:
                found, more = ruled_fields(opened, words)
                notes += more
            if not found:
                raise UnusableBlank(
                    blank,
                    "not_a_form",
                    "has no form fields and nothing ruled to fill in; is it an instruction or a letter?",
                )
            return self._compose(opened, found, words, notes)

    def _compose(
        self, blank: Blank, found: list[Found], words: list[list[Word]], notes: list[str]
    ) -> tuple[Definition, tuple[str, ...]]:
        sizes = tuple(space.size for space in blank.spaces)
        marks = find_marks(words, sizes)
        language = self.language or guess_language([word for page in words for word in page])
        if language is None:
            language = FALLBACK_LANGUAGE
            notes.append(f"its text does not show its language; '{language}' was taken, name another with --lang")
        title = first(marks, "title")
        definition = Definition(
            provider=safe_name(self.provider),
            form=safe_name(self.form) if self.form is not None else _clean_name(blank.path.stem),
            edition=safe_name(self.edition)
            if self.edition is not None
            else _edition(blank.path, first(marks, "edition")),
            language=safe_name(language),
            titles={language: title.text} if title else {},
            pages=sizes,
            marks=marks,
            fields=_fields(found, [lines_of(page, gap=0.9) for page in words], language),
        )
        return definition, tuple(notes)

    def _earlier(self, definition: Definition, content: bytes) -> Definition | None:
        """Find what was added before under the same names, if it was this very blank. Raises WrongUse if it was not."""
        toml, pdf, face = paths_in(self.into.absolute(), definition.form, definition.edition, definition.language)
        if not toml.exists():
            return None
        if not pdf.exists() or pdf.read_bytes() != content:
            raise WrongUse(
                f"{toml}: another blank has this form, edition and language; give this one its own --edition"
            )
        return load_definition(toml) if face.exists() else None


def add_form(
    blank: Path,
    *,
    provider: str,
    form: str | None = None,
    edition: str | None = None,
    language: str | None = None,
    into: Path,
) -> Added:
    """Make a definition of `blank` under `into`; names not given are found. Raises UnusableBlank or WrongUse.

    The notes say which editions under `into` and of the product's own catalogue it cannot be told from, and whether
    anybody has said what the form needs.
    """
    added = Adding(into, provider, form, edition, language).add(blank)
    return _asking(_compared([added], into)[0])


def add_batch(
    folder: Path,
    *,
    provider: str,
    into: Path,
    language: str | None = None,
    told: Callable[[Added | NotAdded], None] | None = None,
) -> list[Added | NotAdded]:
    """Add every PDF of `folder`, in the order of their names; the form id is the file's name without suffix, verbatim.

    `told` hears of each as it is done, before look-alikes are sought. Raises WrongUse if there is no such folder or no
    PDF in it; a full disk ends the batch.
    """
    if not folder.is_dir():
        raise WrongUse(f"{folder}: no such folder; name one that holds blank PDFs")
    blanks = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".pdf")
    if not blanks:
        raise WrongUse(f"{folder}: no PDF in this folder; folders within it are not looked into")
    adding = Adding(into, provider, language=language)
    results: list[Added | NotAdded] = []
    for blank in blanks:
        try:
            result: Added | NotAdded = replace(adding, form=blank.stem).add(blank)
        except (UnusableBlank, WrongUse) as error:
            result = NotAdded(blank, error.code, error.message)
        results.append(result)
        if told is not None:
            told(result)
    compared = iter(_compared([result for result in results if isinstance(result, Added)], into))
    return [_asking(next(compared)) if isinstance(result, Added) else result for result in results]


def _compared(added: Sequence[Added], into: Path) -> list[Added]:
    """The same with a note for each look-alike; a catalogue that cannot be read is noted, not fatal."""
    if not added:
        return []
    try:
        known = load_catalogue([folder for folder in (BUILTIN, into) if folder.is_dir()])
        twins = find_lookalikes([new.definition for new in added], known)
    except BadFile as error:
        return [replace(new, notes=(*new.notes, f"look-alikes were not sought: {error.message}")) for new in added]
    return [replace(new, notes=(*new.notes, *_twin_notes(twins[name_of(new.definition)]))) for new in added]


def _asking(added: Added) -> Added:
    """The same with a note where nobody has said what the form needs."""
    if demands(added.definition, today(SystemClock(), added.definition.valid_from)):
        return added
    return replace(added, notes=(*added.notes, NOBODY_SAID))


def _twin_notes(others: Sequence[EditionName]) -> tuple[str, ...]:
    if not others:
        return ()
    named = ", ".join(f"{other.form} {other.edition} ({other.language})" for other in others[:_MOST_NAMED])
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    return (f"its pages are alike to the eye with those of {named}{more}: a scan cannot tell them apart",)


def safe_name(name: str) -> str:
    """`name`, fit for a folder or file name as it is. Raises WrongUse if it is not."""
    if not name or name != name.strip() or name.startswith(".") or re.search(r"[/\\\0-\x1f\x7f]", name):
        raise WrongUse(f"'{name}' cannot be a file's name; use letters, digits, - and _")
    if len(name.encode()) > _LONGEST_NAME * 2:
        raise WrongUse(f"'{name[:40]}…' is too long for a file's name")
    return name


def _clean_name(stem: str) -> str:
    return re.sub(r"[/\\\0-\x1f\x7f]+", "-", stem).strip(" .")[:_LONGEST_NAME] or "form"


def _edition(path: Path, mark: object) -> str:
    """The edition mark in a form that sorts; without one, eight hex digits of the file's own hash."""
    named = edition_id(str(getattr(mark, "text", "")))
    return named or hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def _words(blank: Blank, notes: list[str], *, look: bool) -> list[list[Word]]:
    """The printed words of each page; of a page without text, those seen in its picture if `look` (seconds a page)."""
    words = [words_of(page, space) for page, space in zip(blank.pdf, blank.spaces, strict=True)]
    for index, found in enumerate(words):
        if not found:
            words[index] = words_seen(blank, index) if look else []
            how = "were read from its picture and may be wrong" if words[index] else "are not known"
            notes.append(f"page {index + 1} has no text of its own; its words {how}")
    return words


def _refuse_dynamic(blank: Blank, found: Sequence[Found], words: Sequence[Sequence[Word]]) -> None:
    """A dynamic XFA form has one page that says "Please wait..." to all readers but one."""
    if not blank.is_xfa:
        return
    text = " ".join(word.text for word in words[0])
    if not found or (len(words) == 1 and _WAIT.search(text) and len(found) < 3):
        raise UnusableBlank(
            blank.path,
            "dynamic_xfa",
            "is a dynamic XFA form, whose pages exist only inside Adobe's reader; "
            "print it to a plain PDF there and add that",
        )


def _fields(found: Sequence[Found], lines: Sequence[Sequence[Line]], language: str) -> tuple[Field, ...]:
    """Named, labelled and in reading order."""
    ordered = sorted(found, key=lambda field: (field.places[0].page, *_reading_order(field)))
    return tuple(_field(field, lines, language) for field in ordered)


def _reading_order(found: Found) -> tuple[int, float]:
    box = found.places[0].box_mm
    return round(box[3] / 4), box[0]


def _field(found: Found, lines: Sequence[Sequence[Line]], language: str) -> Field:
    place = found.places[0]
    near = nearest_label(place.box_mm, found.kind, lines[place.page - 1])
    label = found.tooltip or found.label or near
    kind = "signature" if found.drawn and found.kind == "text" and says_signature(label) else found.kind
    value = guess_value(found.key, (found.tooltip, found.label or near), found.scripts)
    return Field(
        key=found.key,
        kind=kind,
        value=value if kind in ("text", "comb", "date") else None,
        labels={language: label} if label else {},
        required=found.required,
        basis="source" if found.required else "assumption",
        places=tuple(found.places),
    )
