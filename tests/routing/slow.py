"""The language of the rules said again, slowly and plainly, from LANGUAGE.md: no part of the product is used."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import holidays

Paper = Mapping[str, Any]
"""The facts by name; `findings`: a list of (code, field, kind), or None where they are not known."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SETS = {"both": ["a", "b"], "gaps": ["missing:b", "text unclear"]}
"""The words that `@both` and `@gaps` stand for."""
HOLIDAYS = frozenset(holidays.country_holidays("FI", years=range(1950, 2100)))


def decides(rules: Iterable[Mapping[str, Any]], areas: Mapping[str, Any], dates: Mapping[str, list[date]],
            paper: Paper, on: date) -> str | None:  # fmt: skip
    """The id of the first rule in force whose conditions hold, none of `not` among them."""
    for rule in rules:
        if rule.get("valid_from") and on < rule["valid_from"]:
            continue
        if rule.get("valid_until") and on > rule["valid_until"]:
            continue
        asked = {name: value for name, value in rule["when"].items() if name != "not"}
        unasked = rule["when"].get("not", {})
        if all(_is(name, value, areas, dates, paper, on) is True for name, value in asked.items()) and all(
            _is(name, value, areas, dates, paper, on) is False for name, value in unasked.items()
        ):
            return str(rule["id"])
    return None


def _is(
    name: str, value: Any, areas: Mapping[str, Any], dates: Mapping[str, list[date]], paper: Paper, on: date
) -> bool | None:
    """True, False, or None where the fact is not known."""
    if isinstance(value, list):
        value = [meant for word in value for meant in (SETS[word[1:]] if word.startswith("@") else [word])]
    if name in {"weekday", "calendar", "days_left"}:
        return _is_day(name, value, dates, on)
    if name == "area":
        if paper.get("municipality") is None:
            return any(paper.get("point") in areas[one]["points"] for one in value)
        return any(paper["municipality"] in areas[one]["municipalities"] for one in value)
    if name in {"pages", "attachments"}:
        count = paper.get(name)
        return None if count is None else value.get("at_least", 0) <= count <= value.get("at_most", count)
    if name == "finding":
        findings = paper.get("findings")
        return None if findings is None else any(_found(word, *one) for word in value for one in findings)
    return paper.get(name) in value


def _is_day(name: str, value: Any, dates: Mapping[str, list[date]], on: date) -> bool:
    if name == "weekday":
        return WEEKDAYS[on.weekday()] in value
    if name == "calendar":
        return ("holiday" if on in HOLIDAYS else "weekend" if on.weekday() in {5, 6} else "workday") in value
    ahead = sorted(one for one in dates[value["deadline"]] if one >= on)
    left = (ahead[0] - on).days if ahead else -1
    return left >= 0 and value.get("at_least", 0) <= left <= value.get("at_most", left)


def _found(word: str, code: str, field: str | None, kind: str | None) -> bool:
    before, colon, name = word.partition(":")
    wanted_kind, _, wanted_code = before.rpartition(" ")
    return code == wanted_code and (not wanted_kind or kind == wanted_kind) and (not colon or field == name)


def due_of(due: Mapping[str, Any], dates: Mapping[str, list[date]], on: date) -> tuple[date | None, bool]:
    """The day by which a paper is due, and whether it is urgent by it."""
    if "days" in due:
        return on + timedelta(days=due["days"]), False
    if "workdays" in due:
        day, left = on, due["workdays"]
        while left > 0:
            day += timedelta(days=1)
            if day.weekday() < 5 and day not in HOLIDAYS:
                left -= 1
        return day, False
    ahead = sorted(one for one in dates[due["deadline"]] if one >= on)
    if not ahead:
        return None, False
    return ahead[0], "urgent_days" in due and on >= ahead[0] - timedelta(days=due["urgent_days"])
