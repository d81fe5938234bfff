"""What kind of day it is: weekdays, Finnish public holidays, and days left to a deadline. Pure, the same everywhere."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Literal, get_args

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DayKind = Literal["workday", "weekend", "holiday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
YEARS = range(1950, 2100)
"""The years whose holidays count; before and after them there are none."""


def weekday(day: date) -> Weekday:
    """The weekday of `day`."""
    return WEEKDAYS[day.weekday()]


def day_kind(day: date) -> DayKind:
    """`holiday` on a Finnish public holiday whatever the weekday, else `weekend` or `workday`."""
    if day.year in YEARS and day in _holidays(day.year):
        return "holiday"
    return "weekend" if day.weekday() > 4 else "workday"


@cache
def _holidays(year: int) -> frozenset[date]:
    from holidays import country_holidays  # only sets that ask for the calendar pay for it

    return frozenset(country_holidays("FI", years=year))


def days_left(dates: Sequence[date], day: date) -> int | None:
    """Days from `day` to the next of `dates`; 0 on the day itself, None after the last."""
    ahead = [coming for coming in dates if coming >= day]
    return (min(ahead) - day).days if ahead else None


def after_workdays(day: date, count: int) -> date:
    """The day that is `count` workdays after `day`."""
    while count:
        day += timedelta(days=1)
        count -= day_kind(day) == "workday"
    return day
