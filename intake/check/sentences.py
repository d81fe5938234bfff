"""The check's own sentences, for a citizen's ears; rules bring theirs."""

from intake.base.texts import Text
from intake.forms.model import Definition, Field

MISSING = Text(
    fi="Kohta ”{label}” on tyhjä. Pyydä asiakasta täyttämään se.",
    sv="Punkten ”{label}” är tom. Be kunden fylla i den.",
    en="“{label}” is empty. Ask the customer to fill it in.",
)
UNSIGNED = Text(
    fi="Allekirjoitus puuttuu: ”{label}”.",
    sv="Underskrift saknas: ”{label}”.",
    en="The signature is missing: “{label}”.",
)
UNCLEAR = Text(
    fi="Ei ole selvää, onko kohta ”{label}” täytetty. Katso paperista.",
    sv="Det är oklart om punkten ”{label}” är ifylld. Se på papperet.",
    en="It is not clear whether “{label}” is filled in. Look at the paper.",
)
UNCLEAR_VALUE = Text(
    fi="Kohdasta ”{label}” ei saatu varmasti selvää. Tarkista se asiakkaan kanssa.",
    sv="Punkten ”{label}” kunde inte läsas med säkerhet. Kontrollera den med kunden.",
    en="“{label}” could not be read for certain. Check it with the customer.",
)
INVALID = Text(
    fi="Kohta ”{label}” ei näytä oikealta: tarkistusmerkki tai muoto ei täsmää. Tarkista se asiakkaan kanssa.",
    sv="Punkten ”{label}” verkar inte stämma: kontrolltecknet eller formen är fel. Kontrollera den med kunden.",
    en="“{label}” does not look right: its check digit or form is wrong. Check it with the customer.",
)
MISSING_PAGE = Text(
    fi="Lomakkeen sivu {page} puuttuu.",
    sv="Sidan {page} av blanketten saknas.",
    en="Page {page} of the form is missing.",
)
NOT_VALID_YET = Text(
    fi="Tämä lomakeversio ei ole vielä käytössä. Tarkista, onko uudempaa tai vanhempaa lomaketta.",
    sv="Denna version av blanketten är inte ännu i bruk. Kontrollera om det finns en annan version.",
    en="This edition of the form is not in use yet. See whether there is another one.",
)
NOT_VALID_ANY_MORE = Text(
    fi="Tämä lomakeversio on vanhentunut. Asia voidaan silti ottaa vastaan; kerro uudesta lomakkeesta.",
    sv="Denna version av blanketten är föråldrad. Ärendet kan ändå tas emot; berätta om den nya blanketten.",
    en="This edition of the form is out of date. The matter can still be taken in; show the customer the new form.",
)
NO_DEMANDS = Text(
    fi="Lomake tunnetaan, mutta kukaan ei ole vielä kertonut, mitä siinä on oltava. Tarkista paperi itse.",
    sv="Blanketten är känd, men ingen har ännu sagt vad den ska innehålla. Kontrollera papperet själv.",
    en="The form is known, but nobody has said yet what it needs. Check the paper yourself.",
)
NOTHING_WRITTEN = Text(
    fi="Lomakkeelle ei ole kirjoitettu mitään.",
    sv="Ingenting är skrivet på blanketten.",
    en="Nothing is written on the form.",
)
SECOND_PAPER = Text(
    fi="Kuva {page} on sivua suurempi, tai siinä näyttää olevan useampi paperi. Skannaa jokainen sivu erikseen.",
    sv="Bild {page} är större än en sida eller verkar innehålla flera papper. Skanna varje sida för sig.",
    en="Picture {page} is larger than one page or seems to hold more than one paper. Scan each page by itself.",
)
BROKEN_PAGE = Text(
    fi="Skanneri on nykinyt sivulla {page}: kuvasta voi puuttua kaistale. Tarkista kuva tai skannaa sivu uudelleen.",
    sv="Skannern ryckte på sida {page}: en remsa kan saknas i bilden. Kontrollera bilden eller skanna sidan på nytt.",
    en="The scanner jerked on page {page}: a strip may be missing from the picture. Check it or scan the page again.",
)
SEVERAL_COPIES = Text(
    fi="Skannauksessa on saman lomakkeen useita kappaleita. Tarkista, että sivut kuuluvat samalle asiakkaalle.",
    sv="Skanningen innehåller flera exemplar av samma blankett. Kontrollera att sidorna hör till samma kund.",
    en="The scan holds several copies of the same form. Check that the pages belong to the same customer.",
)
MAYBE = Text(
    fi="Katso paperista: {rule}",
    sv="Se på papperet: {rule}",
    en="Look at the paper: {rule}",
)
UNREAD = Text(
    fi="Liitteen otsikkoa ei saatu luettua. Katso liitettä: {rule}",
    sv="Bilagans rubrik kunde inte läsas. Se på bilagan: {rule}",
    en="The attachment's title was not read. Look at the attachment: {rule}",
)


def about(text: Text, definition: Definition, key: str) -> Text:
    """`text` with the field's printed label in it."""
    found = next((field for field in definition.fields if field.key == key), None)
    return Text(
        fi=text.fi.replace("{label}", label(found, key, "fi", definition)),
        sv=text.sv.replace("{label}", label(found, key, "sv", definition)),
        en=text.en.replace("{label}", label(found, key, definition.language, definition)),
    )


def label(field: Field | None, key: str, language: str, definition: Definition) -> str:
    """The printed label of the field; the key where there is none."""
    if field is None or not field.labels:
        return key
    labels = field.labels
    return labels.get(language) or labels.get(definition.language) or next(iter(labels.values()))


def maybe(rule: Text) -> Text:
    """A rule's sentence as a question to the paper."""
    return _around(MAYBE, rule)


def unread(rule: Text) -> Text:
    """A rule's sentence where an attachment that may be the one asked for was not read."""
    return _around(UNREAD, rule)


def _around(sentence: Text, rule: Text) -> Text:
    return Text(
        fi=sentence.fi.replace("{rule}", rule.fi),
        sv=sentence.sv.replace("{rule}", rule.sv),
        en=sentence.en.replace("{rule}", rule.en),
    )
