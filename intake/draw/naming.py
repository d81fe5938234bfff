"""Names each field: by its printed label, and where that says too little, with the words around it.

An advisor reads “Työn osuus”, not “2.7 Työn osuus (2.5 – 2.6): euro” and not “euro”: row numbers, units and how to
write a day are left out. Two fields of a form have the same name only where nothing that is printed tells them apart.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from intake.draw.source import LANGUAGES, Pair, SourceField

_A_WORD = re.compile(r"[^\W\d_]{3}")
_SAYS_LITTLE = frozenset({"snt", "cent", "klo", "loppu", "slut", "päättyen", "till", "till och med"})
_HOW_TO_WRITE = re.compile(r" *(ppkkvvvv|ddmmåååå|pp\.kk\.–pp\.kk\.|dd\.mm\.–dd\.mm\.)")
_UNIT = re.compile(r"(^|,? )(euroa?|€|€/kk|€/mån\.?|%)(?=$| \(\d\))")
_ROW_NUMBER = re.compile(r"^\d+\. |^\d+\.\d+ |^\d+ (?=[A-ZÅÄÖ])| \(\d\.\d – \d\.\d\)")
_GROUP = re.compile(r"^(.+), (?:alku|början|nimi|namn)$")
_NUMBERED = re.compile(r"^ ?(\(\d\))?$")


def _spoken(label: str) -> str:
    """A printed label as somebody says it: without row number, unit, and how to write a day."""
    for printed in (_HOW_TO_WRITE, _ROW_NUMBER, _UNIT):
        label = printed.sub("", label)
    return label


def _group(field: SourceField) -> Pair:
    """Find the words that this field shares with the one before: “Ajalta” of “Ajalta, alku”; empty where none."""
    found = {language: _GROUP.match(_spoken(field.before.of(language))) for language in LANGUAGES}
    return Pair(**{language: match[1] for language, match in found.items() if match})


_AROUND: tuple[Callable[[SourceField], tuple[Pair, ...]], ...] = (
    lambda field: (),
    lambda field: (field.beside,),
    lambda field: (_group(field),),
    lambda field: (field.heading, _group(field)) if _group(field).fi else (),
    lambda field: (field.heading,),
    lambda field: (field.heading, field.beside),
    lambda field: (field.before,),
)
"""Which words are put before the label; the first that tell a field from all others are taken."""


def names_of(fields: Iterable[SourceField]) -> Mapping[str, Mapping[str, str]]:
    """By key and language; fields that the office fills keep their labels."""
    waiting = {field.key: field for field in fields}
    plain = {language: Counter(_spoken(field.name(language)) for field in waiting.values()) for language in LANGUAGES}
    named: dict[str, dict[str, str]] = {}
    for around in _AROUND:
        tried = {key: _named(field, around(field)) for key, field in waiting.items()}
        counts = {language: Counter(names[language] for names in tried.values()) for language in LANGUAGES}
        for key, names in tried.items():
            if waiting[key].office or all(
                _tells(name, counts[language], plain[language]) for language, name in names.items()
            ):
                named[key] = names
                del waiting[key]
    return named | {key: _named(field, _AROUND[-1](field)) for key, field in waiting.items()}


def _named(field: SourceField, before: tuple[Pair, ...]) -> dict[str, str]:
    names = {}
    for language in LANGUAGES:
        words = [_spoken(pair.of(language)).lstrip("0123456789. ") for pair in before]
        name = _spoken(field.name(language))
        words = [_inside(word) if number else word for number, word in enumerate(filter(None, words)) if word != name]
        if words and _NUMBERED.match(name):
            names[language] = f"{': '.join(words)} {name.strip()}".strip()
        else:
            names[language] = ": ".join([*words, _inside(name) if words else name])
    return names


def _inside(name: str) -> str:
    """A label in the midst of a sentence begins small, but for abbreviations."""
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def _tells(name: str, tried: Counter[str], plain: Counter[str]) -> bool:
    return tried[name] == 1 and plain[name] < 2 and bool(_A_WORD.search(name)) and name.lower() not in _SAYS_LITTLE
