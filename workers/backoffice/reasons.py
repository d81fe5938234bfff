"""Why a provider returns a filing: codes that travel in the receipt, and the sentence the advisor sees."""

import re

from intake.base.errors import WrongUse
from intake.base.texts import Text

REASONS: dict[str, Text] = {
    "wrong_provider": Text(
        fi="Asia ei kuulu tälle viranomaiselle.",
        sv="Ärendet hör inte till denna myndighet.",
        en="The matter does not belong to this authority.",
    ),
    "wrong_unit": Text(
        fi="Asia kuuluu viranomaisen toiselle yksikölle.",
        sv="Ärendet hör till en annan enhet hos myndigheten.",
        en="The matter belongs to another unit of this authority.",
    ),
    "wrong_form": Text(
        fi="Lomake tai sen painos on väärä. Asiakkaan on täytettävä oikea lomake.",
        sv="Blanketten eller dess upplaga är fel. Kunden behöver fylla i rätt blankett.",
        en="The form or its edition is wrong. The customer needs to fill in the right one.",
    ),
    "incomplete": Text(
        fi="Lomakkeesta puuttuu tietoja, joita ilman asiaa ei voi käsitellä.",
        sv="På blanketten saknas uppgifter som behövs för att handlägga ärendet.",
        en="The form lacks data without which the matter cannot be handled.",
    ),
    "missing_attachment": Text(
        fi="Liite puuttuu.",
        sv="En bilaga saknas.",
        en="An attachment is missing.",
    ),
    "unreadable": Text(
        fi="Skannattua paperia ei voi lukea. Skannaa paperi uudelleen.",
        sv="Det skannade papperet går inte att läsa. Skanna papperet på nytt.",
        en="The scanned paper cannot be read. Scan the paper again.",
    ),
    "original_needed": Text(
        fi="Viranomainen tarvitsee alkuperäisen paperin.",
        sv="Myndigheten behöver papperet i original.",
        en="The authority needs the original paper.",
    ),
    "other": Text(
        fi="Viranomainen palautti asian. Katso viranomaisen viesti.",
        sv="Myndigheten skickade tillbaka ärendet. Se myndighetens meddelande.",
        en="The authority returned the filing. See its message.",
    ),
}
_CODE = re.compile(r"^[A-Za-z0-9_.-]{1,40}$")


def checked_reason(code: str) -> str:
    """`code`, if it can travel in a receipt; one not in `REASONS` may, and is shown as it is. Raises WrongUse."""
    if not _CODE.fullmatch(code):
        raise WrongUse(f"a reason is a short code, such as {', '.join(REASONS)}")
    return code


def reason_text(code: str | None) -> Text:
    """The sentence for the advisor."""
    if code in REASONS:
        return REASONS[code]
    other = REASONS["other"]
    return Text(fi=f"{other.fi} ({code})", sv=f"{other.sv} ({code})", en=f"{other.en} ({code})") if code else other
