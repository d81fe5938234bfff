"""What is found in the words of a form: editions, languages, kinds of value, labels."""

import pytest

from intake.adding.labels import guess_value, nearest_label, says_signature
from intake.adding.marks import edition_id, find_marks, first, guess_language
from intake.adding.printed import Line, Word
from intake.forms.model import PageSize

A4 = PageSize(width_mm=210, height_mm=297)


def words(text: str, x: float = 20, y: float = 40, size: float = 4) -> list[Word]:
    """A line of words as if printed."""
    found = []
    for part in text.split():
        found.append(Word(part, (x, y, x + len(part) * size / 2, y + size * 0.7), size, y + size))
        x += len(part) * size / 2 + size / 3
    return found


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("09.09", "2009-09"), ("12/2016", "2016-12"), ("1.2018/2", "2018-01-2"), ("Rev. 2024", "2024"),
        ("(Rev. December 2024)", "2024-12"), ("(Rev. diciembre de 2024)", "2024-12"), ("15.1.2018", "2018-01-15"),
        ("2-21", "2021-02"), ("(2024)", "2024"), ("6.99", "1999-06"), ("(6.17)", "2017-06"), ("uusi", None),
    ],
)  # fmt: skip
def test_editions_sort_by_time(text, edition):
    """An edition mark becomes a name that sorts and is safe as a file's name."""
    assert edition_id(text) == edition


@pytest.mark.parametrize(
    "code",
    [
        "SV 4",
        "VEROH 5010e",
        "TEM3.25",
        "ARA 100/10",
        "DHS-5223",
        "Form 1040",
        "WH 12",
        "Schedule B (Form 1040)",
        "Y3",
        "14A",
    ],
)
def test_printed_codes(code):
    """The codes of real authorities, at the foot of a page."""
    mark = first(find_marks([words(code, y=285)], [A4]), "code")

    assert mark is not None
    assert mark.text == code


@pytest.mark.parametrize(
    "text",
    ["PL 10, 00056 KELA", "Liitä mukaan lomake SV 67", "Attach Form 1040 to it", "puh. 029 431 2001", "00730 Helsinki"],
)
def test_what_is_no_code(text):
    """An address, a telephone number and another form's name are not this form's code."""
    assert first(find_marks([words(text, y=285)], [A4]), "code") is None


@pytest.mark.parametrize(("text", "found"), [("1/8", "1/8"), ("1 (7)", "1 (7)"), ("Sivu 1 (4)", "Sivu 1 (4)"),
                                              ("sivu 1", "sivu 1"), ("Page 1 of 18", "Page 1 of 18"),
                                              ("3/8", None), ("1 (0)", None)])  # fmt: skip
def test_page_marks(text, found):
    """A page mark is believed only where it fits the page it stands on."""
    mark = first(find_marks([words(text, x=180, y=10)], [A4]), "page")

    assert (mark.text if mark else None) == found


def test_a_page_number_is_no_edition():
    """`1/12` is the first page of twelve, not January 2012."""
    assert first(find_marks([words("1/12", x=180, y=285)] + [[]] * 11, [A4] * 12), "edition") is None


def test_the_title_is_larger_than_the_text():
    """Where all print is of one size there is no title to be found."""
    body = [word for row in range(10) for word in words("Tavallista tekstiä rivillä", y=100 + 6 * row)]

    assert first(find_marks([[*words("Hakemus", size=8, y=20), *body]], [A4]), "title").text == "Hakemus"
    assert first(find_marks([[*words("Hakemus", y=20), *body]], [A4]), "title") is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hakijan nimi ja osoite, jos se on muuttunut", "fi"),
        ("Namn och adress, om den har ändrats och inte finns", "sv"),
        ("Your name and the address of your home", "en"),
        ("Name und Anschrift, wenn nicht bekannt", "de"),
        ("Saajan nimi ja osoite on Mottagarens namn och adress", "fi"),
        ("12345", None),
    ],
)
def test_languages(text, language):
    """The commonest small words tell the language; a sheet in Finnish and Swedish counts as Finnish."""
    assert guess_language(words(text)) == language


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("f1", "Henkilötunnus", "hetu"), ("f1", "Personbeteckning", "hetu"), ("hakija_hetu", "", "hetu"),
        ("f1", "Y-tunnus", "ytunnus"), ("f1", "Henkilötunnus tai Y-tunnus", "hetu_or_ytunnus"),
        ("f1", "Tilinumero", "iban"), ("f1", "IBAN-tilinumero", "iban"), ("f1", "Viitenumero", "reference"),
        ("f1", "Päiväys", "date"), ("f1", "Geburtsdatum", "date"), ("f1", "Födelsedatum", "date"),
        ("f1", "Postinumero", "postcode"), ("APPLICANT_HOME_ZIPCODE", "", "postcode"), ("zip", "", "postcode"),
        ("f1", "Puhelin", "phone"), ("f1", "E-postadress", "email"), ("f1", "Sukunimi", "name"),
        ("lastName", "", "name"),
        ("f1", "Nimi ja puhelinnumero", None), ("f1", "Selitä, miksi tämä päivämäärä on sovittu", None),
        ("f1", "Maksajan nimi ja osoite", None),
        ("f1", "Personnummer", None), ("f1", "Henkilötunnus / personnummer", "hetu"),
        ("f1", "Pankin nimi", None), ("f1", "Lisätietoja", None), ("f1", "", None),
    ],
)  # fmt: skip
def test_kinds_of_value(name, text, kind):
    """What a field holds is guessed from whole words only, and not where two things share a box."""
    assert guess_value(name, (text,)) == kind


def test_format_scripts_tell_the_kind():
    """A date format in the PDF's own script."""
    assert guess_value("f1", ("",), 'AFDate_FormatEx("dd.mm.yyyy");') == "date"


def test_signatures():
    """A signature is asked for by its word, also with its clear letters beside it; these alone, or a day, are none."""
    for label in ("Hakijan allekirjoitus", "Päiväys, asiakkaan allekirjoitus ja nimenselvennys", "Underskrift",
                  "Spouse's signature"):  # fmt: skip
        assert says_signature(label), label
    for label in ("Nimenselvennys", "Allekirjoituksen selvennys", "Datum för underskrift", "Date of signature",
                  "Signature date", "Firma", "Print name below signature"):  # fmt: skip
        assert not says_signature(label), label


def test_labels_stand_left_or_above_or_to_a_tick_boxs_right():
    """The nearest print names a field; lines set close together are one label."""
    lines = [
        Line(tuple(words("Saajan", x=20, y=40, size=3))),
        Line(tuple(words("tilinumero", x=20, y=43, size=3))),
        Line(tuple(words("Nimi", x=20, y=60, size=3))),
        Line(tuple(words("Kyllä", x=26, y=81, size=3))),
    ]

    assert nearest_label((45, 39, 100, 47), "text", lines) == "Saajan tilinumero"
    assert nearest_label((20, 64, 100, 70), "text", lines) == "Nimi"
    assert nearest_label((20, 80, 24, 84), "check", lines) == "Kyllä"
    assert nearest_label((150, 200, 190, 210), "text", lines) == ""


def test_a_choice_is_named_by_its_question():
    """Of a choice the question stands before or above the first option; the option's own word names only that."""
    lines = [Line(tuple(words("Sukupuoli", x=20, y=74, size=3))), Line(tuple(words("Mies", x=26, y=81, size=3)))]

    assert nearest_label((20, 80, 24, 84), "radio", lines) == "Sukupuoli"
    assert nearest_label((20, 80, 24, 84), "check", lines) == "Mies"
