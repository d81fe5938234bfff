"""A case system's loader, written from data-2.schema.json and DATA.md alone: it knows no form and none of our code."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

TABLES = """
create table filing (bundle primary key, form, language, name, code, kind, confirmed, account, year);
create table amount (bundle, field, cents);
create table day (bundle, field, role, value);
"""


def load(paths: Iterable[Path]) -> sqlite3.Connection:
    """Every `data.json` as rows; keys that it does not know are let pass."""
    database = sqlite3.connect(":memory:")
    database.executescript(TABLES)
    for path in paths:
        said = json.loads(path.read_text("utf-8"))
        means = said["normalised"]
        who = means["person"] if means["person"]["id"] or means["person"]["name"] else means["organisation"]
        code, name = who["id"] or {}, who["name"] or {}
        account, year = means["account"] or {}, means["tax_year"] or {}
        database.execute(
            "insert into filing values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (said["bundle"], said["form"], means["language"], name.get("value"), code.get("value"), code.get("kind"),
             code.get("confirmed"), account.get("value"), year.get("value")),
        )  # fmt: skip
        amounts = [(said["bundle"], key, one["cents"]) for key, one in means["sums"].items()]
        database.executemany("insert into amount values (?, ?, ?)", amounts)
        days = [(said["bundle"], key, one["role"], one["value"]) for key, one in means["dates"].items()]
        database.executemany("insert into day values (?, ?, ?, ?)", days)
    return database
