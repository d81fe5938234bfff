"""Finds what a form prints about itself: its code, its edition, its page numbers, its title, its language.

Marks stand at the edges of a page: the head, the foot and the corners. Text inside the form (a code of another form
that is to be attached, say) is not a mark. Nothing found is an honest answer: many forms print none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from intake.adding.page_space import rounded
from intake.adding.printed import Line, Word, lines_of, union
from intake.forms.model import Mark, PageSize

_MONTH = r"(?:0?[1-9]|1[0-2])"
_MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        ("jan ene tammi", "feb helmi", "mar maalis mär", "apr abr huhti", "may mai maj touko", "jun kesä", "jul heinä",
         "aug ago elo", "sep syys", "oct okt loka", "nov marras", "dec dez dic joulu"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_FORM = r"(?:Form|Formulario)\s[\w-]+"
_CODES = (
    re.compile(rf"\b(?:Schedule|SCHEDULE|Anexo|ANEXO)\s(?:\d{{1,5}}|[A-Z]{{1,3}})\b(?:\s\({_FORM}\))?(?:\s\(sp\))?"),
    re.compile(r"\b(?:Form|Formular|Formulario|Lomake|Blankett|Vordruck)\s(?:[A-Z]{1,3}-?)?\d{1,5}[A-Za-z]{0,2}"
               r"(?:-[A-Z]{1,3}\b)?(?:\s\(sp\))?"),
    re.compile(r"\bDHS-\d{3,5}[A-Z]?(?:-[A-Z]{2,3})?\b"),
    re.compile(r"\b(?:VEROH|VERO|SKV|YTJ)\s?\d{1,4}[a-z]{0,2}\b"),
    re.compile(r"\bTEM\s?\d(?:\.?\d{1,3})+[a-z]?\b"),
    re.compile(r"\bARA\s\d{1,4}/\d{1,2}\b"),
    re.compile(r"\b[A-ZÅÄÖ]{1,3}\s\d{1,4}(?:\s\(\d\))?[a-zäö]{0,2}\b(?!\s?(?:EUR|euro|€|%|kpl|st\b))"),
    re.compile(r"^(?:\d{1,2}[A-Z]|[A-Z]\d{1,3}[a-z]?)$"),
)  # fmt: skip
_NOT_CODES = re.compile(
    r"\b(?:PL|PB|FI|IBAN|BIC|OMB|ZIP|Box|TEL|DE|US|MN|AND|OR|TAI|JA|OCH|EUR|FIN|NO|NR|SGB|BGB|ZPO)\s\d"
)
_REFERS = re.compile(
    r"\b(attach|adjunte|visite|go to|see|vea|www|katso|liitä|bifoga|lisätietoja)\b|www\.", re.IGNORECASE
)
"""Lines that name another form, or a place to read more."""
_EDITIONS = (
    re.compile(r"\(?\bRev\.?\s(?:de\s)?(?:[^\W\d_]+\s(?:de\s)?)?(?:19|20)\d\d\)?"),
    re.compile(r"\([^\W\d_]{3,10}\s(?:de\s)?(?:19|20)\d\d\)"),
    re.compile(r"(?<![\d.])[0-3]?\d\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d\b"),
    re.compile(rf"(?<![\d.,/-]){_MONTH}[./-](?:19|20)\d\d(?:/\d{{1,2}})?\b(?!\.\d)"),
    re.compile(r"\((?:19|20)\d\d\)"),
    re.compile(rf"(?<![\d.,/-]){_MONTH}[.-][0-4,8-9]\d\b(?![.,/-]?\d)(?!\s?(?:€|EUR|%))"),
    re.compile(r"(?<=\)\s)(?:19|20)\d\d$"),
    re.compile(r"^(?:19|20)\d\d$"),
)
_PAGE = (
    re.compile(r"\b(?:Sivu|sivu|SIVU|Sida|sida|Page|page|Seite|Página)\s(\d{1,3})(?:\s?(?:\(|/|of|von|av|de)\s?(\d{1,3})\)?)?"),
    re.compile(r"(?:^|(?<=\s))(\d{1,3})\s?(?:/|\()\s?(\d{1,3})\)?$"),
)  # fmt: skip
_STOP_WORDS = {
    "fi": "ja tai on ei että jos kun myös sekä hakija lomake jonka mukaan oma sinun kyllä hakemus muu päiväys nimi "
    "osoite allekirjoitus henkilötunnus liitteet täytetään ilmoitus puhelin saajan maksajan mitä joka",
    "sv": "och eller är inte att om när även samt den det som för på av med till ja nej ansökan blankett namn adress "
    "underskrift personbeteckning bilagor ifylls anmälan telefon mottagarens betalarens jag",
    "en": "and or is not that if when the of to in for you your on with yes application form name address signature "
    "date attach are this from",
    "de": "und oder ist nicht dass wenn die der das den des von zu mit für sie ihr ja nein antrag formular name "
    "anschrift unterschrift datum bitte ich auf im",
    "es": "y o es no que si el la los las de del en para su usted con por una un sí solicitud "
    "formulario nombre firma fecha al",
    "fr": "et ou est ne pas que si le la les des du en pour votre vous avec oui non demande formulaire nom adresse au",
}
_STOPS = {language: frozenset(words.split()) for language, words in _STOP_WORDS.items()}
_MOST_TITLE_LINES = 3
_TITLE_OVER_TEXT = 1.25
"""A title is at least so much larger than the page's usual text."""


def find_marks(pages: Sequence[Sequence[Word]], sizes: Sequence[PageSize]) -> tuple[Mark, ...]:
    """Marks of all pages, in page order; at most one of a kind on a page."""
    marks: list[Mark] = []
    for number, (words, size) in enumerate(zip(pages, sizes, strict=True), start=1):
        lines = lines_of(words)
        edge = _edge_lines(lines, size)
        code = _best(edge, _CODES, number, "code")
        marks += [mark for mark in (code, _best(edge, _EDITIONS, number, "edition")) if mark]
        marks += _page_mark(edge, number, len(pages))
        if number == 1:
            marks += _title(lines, size)
    return tuple(marks)


def first(marks: Iterable[Mark], kind: str) -> Mark | None:
    """The first mark of a kind."""
    return next((mark for mark in marks if mark.kind == kind), None)


def guess_language(words: Iterable[Word]) -> str | None:
    """The two-letter language whose commonest words are most in number; None without a clear winner."""
    votes: Counter[str] = Counter()
    for word in words:
        text = word.text.lower().strip(".,:;()!?\"'")
        votes.update(language for language, stops in _STOPS.items() if text in stops)
    if not votes:
        return None
    if votes["fi"] and votes["sv"] and max(votes["fi"], votes["sv"]) < 2 * min(votes["fi"], votes["sv"]):
        votes["fi"] += votes.pop("sv")  # one sheet in both languages
    (best, most), *rest = votes.most_common(2)
    return best if not rest or (most >= 2 and most > 1.15 * rest[0][1]) else None


def edition_id(text: str) -> str | None:
    """An edition mark as a name that sorts by time: `09.09` is 2009-09, `Rev. May 2024` is 2024-05."""
    day = re.search(r"\b(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)\b", text)
    if day:
        return f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}"
    month = re.search(r"\b(\d{1,2})[./-]((?:19|20)\d\d|\d\d)(?:/(\d{1,2}))?(?!\d)", text)
    if month:
        return f"{_year(month[2])}-{int(month[1]):02d}" + (f"-{int(month[3])}" if month[3] else "")
    year = re.search(r"(?:19|20)\d\d", text)
    if year is None:
        return None
    named = re.search(r"([A-Za-zéä]{3})[a-zéä]*\.?\s(?:de\s)?(?:19|20)\d\d", text)
    number = _MONTH_NAMES.get(named[1].lower()) if named else None
    return f"{year[0]}-{number:02d}" if number else year[0]


def _year(digits: str) -> str:
    """Two digits mean the hundred years up to 2069, as POSIX has it."""
    if len(digits) == 4:
        return digits
    return f"{'19' if int(digits) >= 69 else '20'}{digits}"


def _edge_lines(lines: Sequence[Line], size: PageSize) -> list[Line]:
    """Short lines at the head or foot, the foot first: there a form says most about itself."""
    short = [line for line in lines if len(line.words) <= 14]
    foot = [line for line in short if line.box[1] > 0.92 * size.height_mm]
    head = [line for line in short if line.box[3] < 0.12 * size.height_mm]
    return sorted(foot, key=lambda line: -line.box[3]) + head


def _best(lines: Sequence[Line], patterns: Sequence[re.Pattern[str]], page: int, kind: str) -> Mark | None:
    for pattern in patterns:
        for line in lines:
            found = pattern.search(line.text)
            if found is None or (kind == "code" and not _may_be_code(line, found)):
                continue
            if kind == "edition" and len(line.words) > 8 and not found[0].startswith("("):
                continue
            return _mark(line, found.span(), kind, page)
    return None


def _may_be_code(line: Line, found: re.Match[str]) -> bool:
    """A form's own code begins its line; one in the middle names another form, but for a crowded foot."""
    short = len(line.words) <= 8 and (found.start() < 3 or line.text.startswith(("Seite", "Sivu", "Sida")))
    return short and not _NOT_CODES.search(found[0]) and not _REFERS.search(line.text)


def _mark(line: Line, span: tuple[int, int], kind: str, page: int) -> Mark:
    """The words of a line that the found text touches."""
    start, touched = 0, []
    for word in line.words:
        end = start + len(word.text)
        if start < span[1] and span[0] < end:
            touched.append(word.box)
        start = end + 1
    text = line.text[span[0] : span[1]].strip()
    return Mark.model_validate({"kind": kind, "text": text, "page": page, "box_mm": rounded(union(touched))})


def _page_mark(lines: Sequence[Line], page: int, pages: int) -> list[Mark]:
    """`1/8`, `1(7)`, `Sivu 1 (4)`; only where it fits: a page must not call itself another."""
    for pattern in _PAGE:
        for line in lines:
            for found in pattern.finditer(line.text):
                total = int(found[2]) if found[2] else None
                if int(found[1]) == page and (total is None or total >= max(page, min(pages, 2))):
                    return [_mark(line, found.span(), "page", page)]
    return []


def _title(lines: Sequence[Line], size: PageSize) -> list[Mark]:
    """The largest words in the top third, with the lines of the same size just below."""
    top = [line for line in lines if line.box[3] < size.height_mm / 3 and re.search(r"[^\W\d_]{4}", line.text)]
    if not top:
        return []
    largest = max(line.size_mm for line in top)
    if largest < _TITLE_OVER_TEXT * median(word.size_mm for line in lines for word in line.words):
        return []
    same = [line for line in top if line.size_mm > 0.93 * largest]
    chosen = [same[0]]
    for line in same[1:]:
        if line.box[1] - chosen[-1].box[3] < 1.2 * largest and len(chosen) < _MOST_TITLE_LINES:
            chosen.append(line)
    text = " ".join(line.text for line in chosen)[:200].rstrip(" .…_")
    return [Mark(kind="title", text=text, page=1, box_mm=rounded(union(line.box for line in chosen)))]
