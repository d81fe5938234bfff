"""Guesses what a field should hold from its name, tooltip, label and format script; None where in doubt.

Conservative on purpose: a wrong guess makes the reader look for a date in a name. The words are whole words (or,
in Finnish and German compounds, whole word ends) in Finnish, Swedish, English and German.
"""

import re
from collections.abc import Iterable

from intake.forms.model import ValueKind

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
