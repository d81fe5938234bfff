"""The printed words that name a field, and what a field of that name should hold.

The words stand left of it on the same height, else just above it, else inside its top: a guess for fields whose PDF
gives no tooltip; an operator corrects it in the definition. What it holds is guessed from name, tooltip, label and
format script, and not at all where in doubt: a wrong guess makes the reader look for a date in a name. The words are
whole words (or, in Finnish and German compounds, whole word ends) in Finnish, Swedish, English and German.
"""

import re
from collections.abc import Iterable, Sequence

from intake.adding.printed import Line
from intake.base.filing import Box
from intake.forms.model import FieldKind, ValueKind

_LEFT_WITHIN_MM, _ABOVE_WITHIN_MM, _RIGHT_WITHIN_MM = 60.0, 9.0, 8.0
_LONGEST = 160
_UNSURE = re.compile(
    r"\b(kuinka|montako|miten|syy|selit\w*|perustelu\w*|why|how|explain|reason|describe|warum|varför|hur|specify)\b"
)
_KINDS: tuple[tuple[ValueKind, re.Pattern[str]], ...] = (
    ("hetu_or_ytunnus", re.compile(
        r"(henkilötunnus|hetu)\W+(tai|/)\W*y-?\s?tunnus|y-?tunnus\W+(tai|/)\W*h(etu|enkilö)")),
    ("hetu", re.compile(r"\b(\w*henkilö-?tunnus|\w*hetu|personbeteckning|\w*henkilo_?tunnus)\b")),
    ("ytunnus", re.compile(r"\b(y-?tunnus|y_tunnus|fo-?nummer|företags- och organisationsnummer|business id)\b")),
    ("iban", re.compile(r"\b(iban\S*|\w*tili(n)?numero\w*|kontonummer|bankkontonummer)\b")),
    ("reference", re.compile(r"\b(viite|viitenumero|referens|referensnummer|viitenro)\b")),
    ("postcode", re.compile(
        r"\b(postinumero|postinro|postnummer|postnr|zip|zip ?code|postal ?code|postcode|plz|postleitzahl)\b")),
    ("email", re.compile(r"\b(e-?mail\w*|sähköposti\w*|sahkoposti\w*|e-?post|e-?postadress)\b")),
    ("phone", re.compile(
        r"\b(puhelin\w*|puh|telefon\w*|phone|telephone|phone ?number|fernsprecher|matkapuhelin\w*)\b")),
    ("date", re.compile(
        r"\b(\w*päiväys|\w*päivämäärä|pvm|paivays|\w*paivamaara|eräpäivä|syntymäaika|datum|\w+datum|födelsetid|förfallodag|"
        r"date|date of birth|geburtsdatum|geboren am|birth ?date|dob)\b")),
    ("year", re.compile(r"\b(verovuosi|vuosi|skatteår|tax year|baujahr|year)\b")),
    ("money", re.compile(r"(\beuroa?\b|€|\b(summa|belopp|betrag|amount|\w*kustannukset|palkkatulot)\b)")),
    ("name", re.compile(
        r"\b(\w*nimi|nimet|\w*sukunimi|\w*etunimet?|namn|\w*förnamn|\w*efternamn|släktnamn|name|first ?name|last ?name|"
        r"full ?name|surname|vorname|nachname|familienname|nimenselvennys|namnförtydligande)\b")),
)  # fmt: skip
_NOT_PERSON = re.compile(
    r"\b(osoite|adress|address|anschrift|street|county|city|town|bank|company|employer|school|facility|provider|business|state|program|katu|kadun|"
    r"tuotteen|lajin|yhtiön|straße|firma|file|form|lomake|first line|user|plan)\b|"
    r"pankin|yrityksen|krankenkasse|versicherung"
)
_SCRIPTS: tuple[tuple[ValueKind, re.Pattern[str]], ...] = (
    ("date", re.compile(r"AFDate_(Format|Keystroke)")),
    ("postcode", re.compile(r"AFSpecial_(Format|Keystroke)\(\s*[01]\s*\)")),
    ("phone", re.compile(r"AFSpecial_(Format|Keystroke)\(\s*2\s*\)")),
    ("money", re.compile(r"AFNumber_(Format|Keystroke)\(\s*2\s*,")),
    ("integer", re.compile(r"AFNumber_(Format|Keystroke)\(\s*0\s*,")),
)
_NOT_SIGNED = re.compile(
    r"\b(printed|print name|signature date|(date|day|datum|dag) (of|för|für)|under name|namn under)\b"
)
_LONGEST_HINT = 90


def nearest_label(box: Box, kind: FieldKind, lines: Sequence[Line]) -> str:
    """The nearest printed text that may name a field at `box` (of a tick box, to its right); empty if none is near."""
    if kind == "check":
        return _clean([line for line in (_right(box, lines) or _left(box, lines),) if line])
    if kind == "radio":  # the question stands before or above the first choice; to its right stands the choice itself
        return _clean([line for line in (_left(box, lines) or _above(box, lines) or _right(box, lines),) if line])
    inside = _inside(box, lines)
    if inside is not None:
        return _clean([inside])
    left, above = _left(box, lines), _above(box, lines)
    if left is not None and (above is None or box[0] - left.box[2] < max(3.0, 2 * (box[1] - above.box[3]))):
        return _clean(_stack(left, lines, (box[1] - 1, box[3] + 1)))
    return _clean(_stack(above, lines, (box[1] - _ABOVE_WITHIN_MM, box[1] + 1.5)) if above else [])


def _stack(line: Line, lines: Sequence[Line], between: tuple[float, float]) -> list[Line]:
    """The line with those set close above and below it in the same size: one label in several lines."""
    stack = [line]
    for other in sorted(lines, key=lambda other: abs(other.box[1] - line.box[1])):
        if any(other is taken for taken in stack) or not between[0] < (other.box[1] + other.box[3]) / 2 < between[1]:
            continue
        gap = min(max(other.box[1] - taken.box[3], taken.box[1] - other.box[3]) for taken in stack)
        beside = other.box[0] < line.box[2] and line.box[0] < other.box[2]
        if beside and gap < 0.6 * line.size_mm and 0.85 < other.size_mm / line.size_mm < 1.18:
            stack.append(other)
    return sorted(stack, key=lambda taken: taken.box[1])


def _clean(lines: Sequence[Line]) -> str:
    text = " ".join(line.text.strip(" ._…*|") for line in lines)
    return text.strip(" .:_…*|")[:_LONGEST].strip()


def _says_something(line: Line) -> bool:
    return any(letter.isalpha() for letter in line.text)


def _inside(box: Box, lines: Sequence[Line]) -> Line | None:
    """A small label printed in the field's own top left corner."""
    found = [
        line
        for line in lines
        if _says_something(line)
        and box[0] - 1 < line.box[0] < box[0] + 0.5 * (box[2] - box[0])
        and box[1] - 1 < line.box[1]
        and line.box[3] < box[1] + 0.6 * (box[3] - box[1])
    ]
    return min(found, key=lambda line: (line.box[1], line.box[0]), default=None)


def _left(box: Box, lines: Sequence[Line]) -> Line | None:
    middle = (box[1] + box[3]) / 2
    found = [
        line
        for line in lines
        if _says_something(line)
        and line.box[1] - 1 < middle < line.box[3] + 2.5
        and -2 < box[0] - line.box[2] < _LEFT_WITHIN_MM
    ]
    return max(found, key=lambda line: line.box[2], default=None)


def _above(box: Box, lines: Sequence[Line]) -> Line | None:
    found = [
        line
        for line in lines
        if _says_something(line)
        and -1.5 < box[1] - line.box[3] < _ABOVE_WITHIN_MM
        and line.box[0] < box[2]
        and box[0] - 3 < line.box[2]
        and line.box[0] > box[0] - 40
    ]
    return max(found, key=lambda line: (round(line.box[3]), -abs(line.box[0] - box[0])), default=None)


def _right(box: Box, lines: Sequence[Line]) -> Line | None:
    middle = (box[1] + box[3]) / 2
    found = [
        line
        for line in lines
        if _says_something(line)
        and line.box[1] - 1.5 < middle < line.box[3] + 1.5
        and -1 < line.box[0] - box[2] < _RIGHT_WITHIN_MM
    ]
    return min(found, key=lambda line: line.box[0], default=None)


def guess_value(name: str, texts: Iterable[str], scripts: str = "") -> ValueKind | None:
    """The kind of value of a field called `name`, with tooltip and label `texts` and its format `scripts`.

    The texts a person reads come first, then the script, then the field's own name; long sentences tell too many
    things at once and are not used.
    """
    for text in texts:
        if len(text) <= _LONGEST_HINT and (kind := _kind_of(text)):
            return kind
    for script_kind, pattern in _SCRIPTS:
        if pattern.search(scripts):
            return script_kind
    return _kind_of(_spaced(name.rsplit(".", 1)[-1]))


def says_signature(text: str) -> bool:
    """Whether a label asks for a handwritten signature, with or without the name in clear letters beside it."""
    lowered = text.lower()
    if len(lowered) > _LONGEST_HINT or _NOT_SIGNED.search(lowered):
        return False
    return bool(re.search(r"\b(\w*allekirjoitus|\w*underskrift|signature|unterschrift|namnteckning)\b", lowered))


def _kind_of(text: str) -> ValueKind | None:
    lowered = " ".join(text.lower().split())
    if not lowered or _UNSURE.search(lowered):
        return None
    found = [kind for kind, pattern in _KINDS if pattern.search(lowered)]
    if not found or (found[0] == "name" and _NOT_PERSON.search(lowered)):
        return None
    if found[0] == "hetu_or_ytunnus" or len(found) == 1 or set(found) <= {"iban", "money", "hetu", "date"}:
        return found[0]
    return None  # "name and phone", "place and date": two things in one box


def _spaced(name: str) -> str:
    """`APPLICANT_HOME_ZIPCODE` and `syntymaAika1` as words."""
    name = re.sub(r"\[\d+\]", "", name)
    name = re.sub(r"(?<=[a-zåäö])(?=[A-ZÅÄÖ])", " ", name)
    return re.sub(r"[_\W\d]+", " ", name).strip()
