"""Fill a form by hand: handwriting fonts where Debian's are installed, many ways to tick, and the truth beside it.

Fonts (all with å, ä, ö): fonts-breip, fonts-dkg-handwriting, fonts-sjfonts, fonts-kristi.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import get_args

from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from intake.forms.model import Definition
from intake.jail.pixels import Gray
from intake.trial import Hand, Sample, sample
from intake.trial import fill as fill_pages
from intake.trial.filling import Tick

FONTS = {
    "Breip": Path("/usr/share/fonts/truetype/breip/Breip.ttf"),
    "Dkg": Path("/usr/share/fonts/truetype/fifthhorseman/dkg.ttf"),
    "DkgItalic": Path("/usr/share/fonts/truetype/fifthhorseman/dkgIt.ttf"),
    "Delphine": Path("/usr/share/fonts/truetype/sjfonts/Delphine.ttf"),
    "Steve": Path("/usr/share/fonts/truetype/sjfonts/SteveHand.ttf"),
    "Kristi": Path("/usr/share/fonts/truetype/kristi/Kristi.ttf"),
}
TYPED = ("Helvetica", "Courier", "Times-Roman")
TICKS: tuple[Tick, ...] = get_args(Tick)
_LARGER = {"Breip": 1.45, "Kristi": 1.7, "Delphine": 1.35, "Steve": 1.25, "Dkg": 1.1, "DkgItalic": 1.1}


@dataclass(frozen=True)
class Truth:
    """What was really written in a field."""

    filled: bool
    value: str | None = None


@dataclass(frozen=True)
class Paper:
    """A filled form: its pages at 300 dpi, and what is on them."""

    definition: Definition
    pages: tuple[Gray, ...]
    truth: Mapping[str, Truth]
    sample: Sample
    hand: Hand

    @property
    def images(self) -> list[Image.Image]:
        """The pages as images."""
        return [Image.fromarray(page) for page in self.pages]


def handwriting() -> tuple[str, ...]:
    """Names of the handwriting fonts that are installed, ready for use."""
    found = []
    for name, path in FONTS.items():
        if path.exists():
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, str(path)))
            found.append(name)
    return tuple(found)


def hand(seed: int, *, typed: bool = False) -> Hand:
    """Somebody's way of writing; typed letters where asked for or where no handwriting font is installed."""
    random = Random(seed)
    fonts = TYPED if typed else handwriting() or TYPED
    font = random.choice(fonts)
    return Hand(
        font=font,
        size=random.uniform(10.5, 12.5) * _LARGER.get(font, 1.0),
        tick=random.choice(TICKS),
        grey=random.uniform(0.02, 0.3),
        pen_mm=random.uniform(0.35, 0.7),
        wander_mm=0.15 if typed else random.uniform(0.2, 0.8),
        tilt_degrees=0.0 if typed else random.uniform(0, 1.5),
    )


def paper(
    definition: Definition,
    seed: int,
    *,
    values: Mapping[str, str] | None = None,
    leave_out: tuple[str, ...] = (),
    writer: Hand | None = None,
    typed: bool = False,
) -> Paper:
    """A filled form; `values`: instead of a complete sample; `leave_out`: keys that stay empty."""
    made = sample(definition, seed=seed)
    written = {key: value for key, value in (values or made.values).items() if key not in leave_out}
    writer = writer or hand(seed, typed=typed)
    pages = fill_pages(definition, written, hand=writer, seed=seed)
    truth = {field.key: Truth(field.key in written, written.get(field.key)) for field in definition.fields}
    return Paper(definition, pages, truth, made, writer)
