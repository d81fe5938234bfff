"""What each field is called: by its printed label, and where that says too little, with the words around it.

An advisor is told “2.7 Työn osuus: euro”, not “euro”; two fields of a form have the same name only where nothing that
is printed tells them apart.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from intake.draw.source import LANGUAGES, Pair, SourceField

_A_WORD = re.compile(r"[^\W\d_]{3}")
_SAYS_LITTLE = frozenset({"euro", "snt", "cent", "klo", "loppu", "slut"})
_AROUND: tuple[Callable[[SourceField], tuple[Pair, ...]], ...] = (
    lambda field: (),
    lambda field: (field.beside,),
    lambda field: (field.heading,),
    lambda field: (field.heading, field.beside),
    lambda field: (field.before,),
)
"""Which words are put before the label; the first that tell a field from all others are taken."""


def names_of(fields: Iterable[SourceField]) -> Mapping[str, Mapping[str, str]]:
    """By key and language; fields that the office fills keep their labels."""
    waiting = {field.key: field for field in fields}
    named: dict[str, dict[str, str]] = {}
    for around in _AROUND:
        tried = {key: _named(field, around(field)) for key, field in waiting.items()}
        counts = {language: Counter(names[language] for names in tried.values()) for language in LANGUAGES}
        for key, names in tried.items():
            if waiting[key].office or all(_tells(name, counts[language]) for language, name in names.items()):
                named[key] = names
                del waiting[key]
    return named | {key: _named(field, _AROUND[-1](field)) for key, field in waiting.items()}


def _named(field: SourceField, before: tuple[Pair, ...]) -> dict[str, str]:
    names = {}
    for language in LANGUAGES:
        words = [
            pair.of(language).lstrip("0123456789. ") if pair is field.heading else pair.of(language) for pair in before
        ]
        name = field.name(language)
        names[language] = ": ".join([*(word for word in words if word and word != name), name])
    return names


def _tells(name: str, counts: Counter[str]) -> bool:
    return counts[name] == 1 and bool(_A_WORD.search(name)) and name.lower() not in _SAYS_LITTLE
