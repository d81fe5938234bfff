"""`python -m intake.forms.draw.book OUT`: every form with its fields drawn on it and its rules in words, on one page.

For whoever answers for the rules (a lawyer, a provider's specialist): no command line, no TOML. One HTML page and its
pictures in the folder OUT; nothing else is needed to read it.
"""

import html
import io
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import pypdfium2

from intake.base import durable
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition, Field, Rule

SCALE = 0.9
_BASIS = {
    "source": "lomake tai ohje sanoo",
    "law_or_rule": "laki tai sääntö",
    "assumption": "oletus: neuvoo, ei estä",
}
_STYLE = """
body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 72em; color: #222 }
h2 { margin-top: 3em; border-top: 3px solid #444; padding-top: .4em }
.sheet { position: relative; display: inline-block; margin: 0 1em 1em 0; border: 1px solid #999 }
.sheet img { display: block }
.sheet i { position: absolute; box-sizing: border-box; border: 1px solid #07c; background: #07c2 }
.sheet i.must { border-color: #c00; background: #c002 }
.sheet i.advice { border-color: #c80; background: #c802 }
.sheet i.office { border-color: #777; background: #7774 }
td, th { text-align: left; vertical-align: top; padding: .2em .8em .2em 0; border-bottom: 1px solid #ddd }
"""
_log = logging.getLogger("intake.forms.draw.book")


def write_book(definitions: Sequence[Definition], into: Path) -> Path:
    """Write the page and its pictures to the folder `into`; returns the page's path."""
    durable.make_folder(into, 0o755)
    parts = [_chapter(definition, into) for definition in definitions if definition.language == "fi"]
    page = into / "forms.html"
    text = f"<!doctype html><meta charset=utf-8><title>Lomakkeet ja säännöt</title><style>{_STYLE}</style>"
    text += "<h1>Lomakkeet, kentät ja säännöt</h1><p>Punainen: pakollinen. Keltainen: oletuksemme, vain neuvo. "
    text += "Harmaa: viranomainen täyttää. Sininen: vapaaehtoinen.</p>"
    durable.write(page, (text + "".join(parts)).encode(), mode=0o644)
    return page


def _chapter(definition: Definition, into: Path) -> str:
    name = f"{definition.form}.{definition.edition}"
    title = html.escape(f"{definition.titles.get('fi', definition.form)} – {name}")
    dates = f"{definition.valid_from or '…'} – {definition.valid_until or '…'}"
    sheets = "".join(_sheet(definition, number, into) for number in range(1, len(definition.pages) + 1))
    rules = "".join(_rule(rule) for rule in definition.rules)
    demands = "".join(_demand(field) for field in definition.fields if field.required)
    head = "<tr><th>Vaatimus</th><th>Milloin</th><th>Peruste</th><th>Lähde</th></tr>"
    return f"<h2>{title}</h2><p>{dates}</p>{sheets}<table>{head}{demands}{rules}</table>"


def _sheet(definition: Definition, number: int, into: Path) -> str:
    picture = f"{definition.form}.{definition.edition}.{number}.png"
    pdf = pypdfium2.PdfDocument(definition.blank)
    try:
        image = pdf[number - 1].render(scale=SCALE, may_draw_forms=False).to_pil().convert("L")
    finally:
        pdf.close()
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    durable.write(into / picture, buffer.getvalue(), mode=0o644)
    boxes = "".join(_box(field, number) for field in definition.fields)
    return f"<div class=sheet><img src='{picture}' alt='sivu {number}'>{boxes}</div>"


def _box(field: Field, number: int) -> str:
    kind = "office" if field.office else "" if not field.required else "must"
    if field.required and field.basis == "assumption":
        kind = "advice"
    pixels = SCALE * 72 / 25.4
    boxes = []
    for place in field.places:
        if place.page == number:
            x0, y0, x1, y1 = (value * pixels for value in place.box_mm)
            at = f"left:{x0:.1f}px;top:{y0:.1f}px;width:{x1 - x0:.1f}px;height:{y1 - y0:.1f}px"
            boxes.append(f"<i class='{kind}' style='{at}' title='{html.escape(field.key, quote=True)}'></i>")
    return "".join(boxes)


def _demand(field: Field) -> str:
    label = html.escape(field.labels.get("fi", field.key))
    return f"<tr><td>Täytettävä: “{label}”</td><td>aina</td><td>{_BASIS[field.basis]}</td><td></td></tr>"


def _rule(rule: Rule) -> str:
    dates = f" ({rule.valid_from or '…'} – {rule.valid_until or '…'})" if rule.valid_from or rule.valid_until else ""
    cells = (rule.text.fi, (rule.when or "aina") + dates, _BASIS[rule.basis], rule.source)
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if len(sys.argv) != 2:
        sys.exit("give the folder to write to: python -m intake.forms.draw.book OUT")
    _log.info("%s", write_book(load_catalogue([BUILTIN]), Path(sys.argv[1]).absolute()))
