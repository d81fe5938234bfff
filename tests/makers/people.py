"""Artificial people for tests; the product's own, with families."""

from intake.trial.people import Person, hetu, iban, person, reference, ytunnus

__all__ = ["Person", "family", "hetu", "iban", "person", "reference", "ytunnus"]


def family(seed: int, *, children: int = 2) -> list[Person]:
    """Two grown-ups and their children, in that order."""
    grown = [person(seed * 100 + number) for number in range(2)]
    return grown + [person(seed * 100 + 10 + number, age=3 + 5 * number) for number in range(children)]
