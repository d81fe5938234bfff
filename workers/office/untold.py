"""Puts into a clerk's words what the case system was told of the filings and did not take."""

from collections.abc import Sequence
from pathlib import Path

from intake.base.texts import Language
from workers.backoffice import notices
from workers.backoffice.notices import Notice
from workers.office.views import day_time, words


def notice_rows(untold: Sequence[Notice], language: Language) -> list[dict[str, str]]:
    """Make a row for each filing whose notice the case system did not take, in a clerk's words."""
    first = {notice.bundle: notice for notice in reversed(untold)}
    return [
        {"bundle": bundle, "form": notice.data.get("form") or "", "unit": notice.data.get("unit") or "",
         "at": day_time(notice.at), "why": _standing(notice, language)}
        for bundle, notice in reversed(first.items())
    ]  # fmt: skip


def told(out: Path, bundle: str, language: Language) -> str:
    """Say what the case system knows of a filing."""
    first = next((notice for notice in notices.waiting(out) if notice.bundle == bundle), None)
    if first is not None:
        return _standing(first, language)
    at = notices.last_told(out, bundle)
    return words(language)["notice_taken"].format(day_time(at)) if at else ""


def _standing(notice: Notice, language: Language) -> str:
    t = words(language)
    why = t.get(f"notice_{notice.code}") or t["notice_no"].format(notice.code.removeprefix("http_"))
    if notice.given_up:
        return t["notice_given_up"].format(notice.tries, why)
    return t["notice_waits"].format(why, day_time(notice.again)) if notice.code else t["notice_goes"]
