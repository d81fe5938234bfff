"""`python -m intake.draw.book OUT`: every form with its fields drawn on it and its rules in words, on one page.

For whoever answers for the rules (a lawyer, a provider's specialist): no command line, no TOML. One HTML page and its
pictures in the folder OUT; nothing else is needed to read it. The numbers in the pictures are those of the table.
"""

import html
import io
import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pypdfium2

from intake.base import durable
from intake.check import sentences
from intake.draw import SOURCES
from intake.draw.in_words import Options, looks_at, when
from intake.draw.source import load_source
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition, Field, Rule

SCALE = 0.9
_BASIS = {
    "source": "lomake tai ohje", "law_or_rule": "laki tai sääntö", "confirmed": "vahvistettu",
    "assumption": "oletuksemme",
}  # fmt: skip
_STYLE = """
body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 77em; color: #222 }
h2 { margin-top: 3em; border-top: 3px solid #444; padding-top: .4em }
.sheet { position: relative; display: inline-block; margin: 0 1em 1em 0; border: 1px solid #999 }
.sheet img { display: block }
.sheet i { position: absolute; box-sizing: border-box; border: 1px solid #07c; background: #07c2 }
.sheet i.must { border-color: #c00; background: #c002 }
.sheet i.advice { border-color: #c80; background: #c802 }
.sheet i.office { border-color: #777; background: #7774 }
.sheet b { position: absolute; font: bold 9px sans-serif; color: #024 }
small { display: block; color: #666 }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .25em .8em .25em 0; border-bottom: 1px solid #ddd }
@media print { h2 { break-before: page } }
"""
_INTRO = """<h1>Lomakkeet, kentät ja säännöt</h1>
<p>Punainen kenttä: pakollinen, puute estää. Keltainen: pakollinen oletuksemme mukaan, puute vain neuvoo. Sininen:
vapaaehtoinen, tai pakollinen vain jonkin säännön ehdolla. Harmaa: viranomainen täyttää, ei kysytä koskaan. Epäselvä
kenttä ei koskaan vaadi mitään: neuvojaa pyydetään katsomaan paperista. Lauseet ovat ne, jotka asiakas kuulee.</p>"""
_HEAD = "<tr><th>Nro</th><th>Mitä asiakkaalle sanotaan</th><th>Milloin</th><th>Mitä katsotaan</th><th>Vaikutus</th>"
_HEAD += "<th>Peruste ja lähde</th></tr>"
_log = logging.getLogger("intake.draw.book")


def write_book(definitions: Sequence[Definition], into: Path) -> Path:
    """Write the page and its pictures to the folder `into`; returns the page's path."""
    durable.make_folder(into, 0o755)
    chosen = [definition for definition in definitions if definition.language == "fi"]
    page = into / "forms.html"
    text = (
        f"<!doctype html><html lang=fi><meta charset=utf-8><title>Lomakkeet ja säännöt</title><style>{_STYLE}</style>"
    )
    text += _INTRO + _contents(chosen) + "".join(_chapter(definition, into) for definition in chosen)
    durable.write(page, text.encode(), mode=0o644)
    return page


def _contents(definitions: Sequence[Definition]) -> str:
    lines = (
        f"<li><a href='#{_name(definition)}'>{html.escape(_title(definition))}</a> "
        f"({html.escape(definition.provider)}, {_dates(definition)})"
        for definition in definitions
    )
    return f"<ul>{''.join(lines)}</ul>"


def _name(definition: Definition) -> str:
    return f"{definition.form}.{definition.edition}"


def _title(definition: Definition) -> str:
    return f"{definition.titles.get('fi', definition.form)} – {definition.form} {definition.edition}"


def _dates(part: Definition | Rule) -> str:
    first, last = (f"{day.day}.{day.month}.{day.year}" if day else "" for day in (part.valid_from, part.valid_until))
    return f"{first}–{last}" if first or last else "toistaiseksi"


def _chapter(definition: Definition, into: Path) -> str:
    numbers = {field.key: number for number, field in enumerate(definition.fields, start=1)}
    fields = {field.key: field for field in definition.fields}
    facts, options = _source_of(definition)
    online = definition.eservice
    head = f"<h2 id='{_name(definition)}'>{html.escape(_title(definition))}</h2><p>Voimassa {_dates(definition)}. "
    head += (
        f"Verkossa: {html.escape(f'{online.name}, {online.url}')}. " if online else "Verkkopalvelua ei ole merkitty. "
    )
    head += html.escape(facts) + "</p>"
    sheets = "".join(_sheet(definition, number, into, numbers) for number in range(1, len(definition.pages) + 1))
    demands = "".join(_demand(field, definition, numbers[field.key]) for field in definition.fields if field.required)
    rules = "".join(_rule(rule, fields, options, numbers) for rule in definition.rules)
    return f"{head}{sheets}<table>{_HEAD}{demands}{rules}</table>"


def _source_of(definition: Definition) -> tuple[str, Options]:
    """Find the sources of the facts, and the print beside each choice; nothing for the authority's own PDF."""
    path = SOURCES / definition.provider / f"{definition.form}.toml"
    if not definition.replica or not path.is_file():
        return "", {}
    source = load_source(path)
    fields = (field for section in source.sections for row in section.rows for field in row)
    seen = "kentät nähty lähteessä" if source.mandatory == "seen" else "osa kentistä päätelty"
    printed = {(field.key, option.id): option.fi for field in fields for option in field.options}
    return f"Lähde: {source.facts} ({seen}). Asettelu on jäljennöksemme.", printed


def _sheet(definition: Definition, number: int, into: Path, numbers: dict[str, int]) -> str:
    picture = f"{_name(definition)}.{number}.png"
    pdf = pypdfium2.PdfDocument(definition.blank)
    try:
        image = pdf[number - 1].render(scale=SCALE, may_draw_forms=False).to_pil().convert("L")
    finally:
        pdf.close()
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    durable.write(into / picture, buffer.getvalue(), mode=0o644)
    boxes = "".join(_box(field, number, numbers[field.key]) for field in definition.fields)
    return f"<div class=sheet><img src='{picture}' alt='sivu {number}'>{boxes}</div>"


def _box(field: Field, page: int, number: int) -> str:
    kind = "office" if field.office else "" if not field.required else "must"
    if field.required and field.basis == "assumption":
        kind = "advice"
    pixels = SCALE * 72 / 25.4
    title = html.escape(field.labels.get("fi", field.key), quote=True)
    boxes = []
    for place in field.places:
        if place.page == page:
            x0, y0, x1, y1 = (value * pixels for value in place.box_mm)
            at = f"left:{x0:.1f}px;top:{y0:.1f}px;width:{x1 - x0:.1f}px;height:{y1 - y0:.1f}px"
            boxes.append(f"<i class='{kind}' style='{at}' title='{title}'></i>")
            left = x0 - 11 if field.kind in ("check", "radio") else x1 - 1
            boxes.append(f"<b style='left:{left:.1f}px;top:{y0 - 4:.1f}px'>{number}</b>")
    return "".join(boxes)


def _demand(field: Field, definition: Definition, number: int) -> str:
    signed = field.kind == "signature"
    says = sentences.about(sentences.UNSIGNED if signed else sentences.MISSING, definition, field.key).fi
    verb = "allekirjoitettava" if signed else "täytettävä"
    return _row(str(number), html.escape(says), "aina", verb, _effect(field.basis), _BASIS[field.basis])


def _rule(rule: Rule, fields: dict[str, Field], options: Options, numbers: dict[str, int]) -> str:
    dates = f" (sääntö voimassa {_dates(rule)})" if rule.valid_from or rule.valid_until else ""
    keys = rule.fields or re.findall(r"[^\s=+-]+", rule.value or "")
    places = ", ".join(str(number) for number in sorted(numbers[key] for key in keys if key in numbers))
    says = html.escape(rule.text.fi) + "".join(
        f"<small>{html.escape(text)}</small>" for text in (rule.text.sv, rule.text.en)
    )
    effect = "kerrotaan" if rule.kind in ("note", "wrong_addressee") else _effect(rule.basis)
    condition, looked = html.escape(when(rule, fields, options) + dates), html.escape(looks_at(rule, fields))
    source = f"{_BASIS[rule.basis]}<small>{html.escape(rule.source)}</small>"
    return _row(places, says, condition, looked, effect, source)


def _effect(basis: str) -> str:
    return "neuvoo" if basis == "assumption" else "estää"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if len(sys.argv) != 2:
        sys.exit("give the folder to write to: python -m intake.draw.book OUT")
    _log.info("%s", write_book(load_catalogue([BUILTIN]), Path(sys.argv[1]).absolute()))
