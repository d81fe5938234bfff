"""Turns the point's papers into the rows of the list, in one language."""

from datetime import datetime

from intake.base.states import State
from workers.pages.entries import DECIDABLE, DeskEntry, DeskList, RefusedEntry
from workers.pages.labels import ENDED, IN_WORK, age, colour_of, day_time, part_of, title_of, who_of
from workers.pages.words import words


def list_rows(listed: DeskList, language: str, now: datetime) -> dict[str, object]:
    """The rows that wait for a person, the newest others, and files still arriving."""
    everything = (*listed.open, *listed.others)
    newest = max(everything, key=lambda entry: entry.handed_over, default=None)
    others = [(entry.handed_over, _filing_row(entry, now, newest, language)) for entry in listed.others]
    others += [(refused.at, _refused_row(refused, now, language)) for refused in listed.refused]
    rows = [row for _, row in sorted(others, key=lambda pair: pair[0], reverse=True)]
    returned_first = sorted(listed.open, key=lambda entry: entry.state is not State.RETURNED)
    open_rows = [_filing_row(entry, now, newest, language) for entry in returned_first]
    return {"open": open_rows, "rows": rows, "arriving": listed.arriving, "more": listed.more}


def _filing_row(entry: DeskEntry, now: datetime, newest: DeskEntry | None, language: str) -> dict[str, object]:
    t = words(language)
    stopped = entry.state in {State.HELD, State.RETURNED}
    gaps = sum(finding.blocks for document in entry.documents[:1] for finding in document.findings)
    return {
        "filing": entry.id,
        "newest": entry is newest,
        "colour": colour_of(entry),
        "title": title_of(entry, language),
        "who": who_of(entry, language),
        "scanner": entry.scanner,
        "part": part_of(entry, language),
        "again": t["came_again_short"].format(at=day_time(entry.again, now)) if entry.again else "",
        "at": day_time(entry.handed_over, now),
        "age": age(entry.since, now, language) if entry.state in DECIDABLE else "",
        "why": entry.why.in_language(language) if entry.why and stopped else "",
        "verdict": "" if entry.state in ENDED else t[f"verdict_{colour_of(entry)}"],
        "gaps": 0 if stopped or entry.state in IN_WORK | ENDED else gaps,
        "state": "" if entry.state in DECIDABLE | IN_WORK else t[f"state_{entry.state.value}"],
    }


def _refused_row(refused: RefusedEntry, now: datetime, language: str) -> dict[str, object]:
    return {"filing": None, "colour": "ended" if refused.dismissed else "refused", "at": day_time(refused.at, now),
            "scanner": refused.scanner, "text": refused.text.in_language(language), "number": refused.number,
            "dismissed": refused.dismissed}  # fmt: skip
