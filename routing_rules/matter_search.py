"""Finds matters by everyday words: inflected, half typed, misspelt, in Finnish, Swedish or English.

Each word of the query is compared with each word of the cards by its beginning, its trigrams and as a part of a
compound; a word that few cards have weighs more. Nothing is learned and nothing is sent anywhere.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from routing_rules.matters import Matter

_TITLE, _WORD, _ABOUT = 1.25, 1.0, 0.35
_CROWD = 0.12
_WHOLE_PHRASE = 1.5
"""More for a query that is exactly one of the card's phrases."""
_LEAST = 0.5
"""A word that resembles nothing more than this is not found."""
_NEAR_BEST = 0.4
_OTHER_LANGUAGE = 0.85
_EVERYWHERE_FI = """haluan haluaisin haluaa tarvitsen tarvitaan hakea haen haku hakemus ilmoitus ilmoittaa lomake
lomakkeen asia asiaa asian miten mista mihin milloin kuinka uusi uuden uutta saada saan pitaa minun minulle olen on ja
tai kun jos voi voinko hakeminen asiointi paperi paperit mita mika ole nyt se me"""
_EVERYWHERE_SV = """jag vill ha behover ansoka ansokan anmala anmalan blankett hur var nar ny nytt nya fa far min mitt
mina ar och eller om en ett den det i pa till for att av papper gora skall ska maste man
med sig at nagon annan vi"""
_EVERYWHERE_EN = "i want need apply application form how where when new get my a an the to for of and or paper"
_EVERYWHERE = frozenset((*_EVERYWHERE_FI.split(), *_EVERYWHERE_SV.split(), *_EVERYWHERE_EN.split()))
"""Words that say nothing of the matter."""


def folded(text: str) -> str:
    """Small letters without accents, so that `ä` is found by `a`."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    return re.findall(r"[a-z0-9]+", folded(text))


class MatterIndex:
    """An index over cards; built once, asked often."""

    def __init__(self, cards: Sequence[Matter], titles: dict[str, Sequence[str]] | None = None) -> None:
        """`titles`: what else a card is called, by its id, such as the titles of its forms."""
        self._cards = cards
        self._weights: dict[str, dict[int, dict[str, float]]] = defaultdict(dict)
        """By word and card: its weight in each language."""
        self._phrases: list[set[str]] = []
        for number, card in enumerate(cards):
            self._phrases.append(set())
            for language in ("fi", "sv", "en"):
                name = card.names.in_language(language)
                phrases = (name, *card.words.get(language, ()))
                self._phrases[number].update(" ".join(words_of(phrase)) for phrase in phrases)
                self._add(number, language, (name,), _TITLE)
                self._add(number, language, card.words.get(language, ()), _WORD)
                self._add(number, language, (card.about.in_language(language),), _ABOUT)
            self._add(number, "", (titles or {}).get(card.id, ()), _WORD)
        common = Counter({word: len(where) for word, where in self._weights.items()})
        self._rarity = {word: math.log(1 + len(cards) / count) for word, count in common.items()}
        self._trigrams = {word: _trigrams(word) for word in self._weights}

    def _add(self, number: int, language: str, texts: Iterable[str], weight: float) -> None:
        """A word that is a phrase by itself says more than one of many."""
        for words in map(words_of, texts):
            share = weight / (1 + _CROWD * (len(words) - 1))
            for word in set(words) - _EVERYWHERE:
                known = self._weights[word].setdefault(number, {})
                known[language] = max(share, known.get(language, 0.0))

    def find(self, query: str, language: str) -> list[Matter]:
        """The cards that fit `query`, the best first; [] where nothing resembles it."""
        wanted = words_of(query)
        asked = [word for word in wanted if word not in _EVERYWHERE] or wanted
        scores: dict[int, float] = defaultdict(float)
        for word in asked:
            for number, score in self._scores(word, language).items():
                scores[number] += score
        phrase = " ".join(asked)
        for number in scores:
            if phrase in self._phrases[number] or " ".join(wanted) in self._phrases[number]:
                scores[number] *= _WHOLE_PHRASE
        best = max(scores.values(), default=0.0)
        ranked = sorted(scores, key=lambda number: (-scores[number], number))
        return [self._cards[number] for number in ranked if scores[number] >= _NEAR_BEST * best]

    def _scores(self, word: str, language: str) -> dict[int, float]:
        """How well one word of the query fits each card."""
        trigrams = _trigrams(word)
        best: dict[int, float] = {}
        for known, where in self._weights.items():
            likeness = _likeness(word, known, trigrams, self._trigrams[known])
            if likeness < _LEAST:
                continue
            for number, weights in where.items():
                weight = max(
                    size if spoken in {language, ""} else size * _OTHER_LANGUAGE for spoken, size in weights.items()
                )
                score = likeness**2 * weight * self._rarity[known]
                best[number] = max(score, best.get(number, 0.0))
        return best


def _trigrams(word: str) -> frozenset[str]:
    padded = f"  {word} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def _likeness(asked: str, known: str, asked_trigrams: frozenset[str], known_trigrams: frozenset[str]) -> float:
    """1.0 for the same word; less for another form of it, a part of a compound, or a slip of the pen."""
    if asked == known:
        return 1.0
    shorter, longer = sorted((len(asked), len(known)))
    if shorter < 3:
        return 0.0
    alike = 0.0
    shared = _shared_beginning(asked, known)
    if shared == shorter:  # half typed, or with an ending
        alike = 0.95 - 0.03 * min(10, longer - shorter)
    elif shared >= 4:
        alike = 0.35 + 0.6 * shared / longer
    if shorter >= 4 and longer >= shorter + 3 and (asked in known or known in asked):
        alike = max(alike, 0.5 + 0.4 * shorter / longer)
    common = len(asked_trigrams & known_trigrams)
    return max(alike, 0.95 * 2 * common / (len(asked_trigrams) + len(known_trigrams)))


def _shared_beginning(word: str, other: str) -> int:
    count = 0
    for left, right in zip(word, other, strict=False):
        if left != right:
            break
        count += 1
    return count
