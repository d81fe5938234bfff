"""H-05: no real person's identity code is in the project."""

import re
import subprocess

import pytest
from stdnum.fi import hetu

from tests.habits.tree import ROOT

CODE = re.compile(rb"(?<![0-9A-Za-z])\d{6}[-+A-FU-Y](\d{3})[0-9A-FHJ-NPR-Y](?![0-9A-Za-z])")
SPECIMENS = {b"131052-308T"}
"""Printed on official specimens of identity documents."""


def real_codes(content: bytes) -> set[bytes]:
    """Codes with a right check sign that may have been given to somebody: individual numbers below 900."""
    found = {match[0]: match[1] for match in CODE.finditer(content)}
    return {code for code, number in found.items() if number < b"900" and hetu.is_valid(code.decode())} - SPECIMENS


def test_h_05_no_identity_code_of_a_real_person_is_in_the_project() -> None:
    """Every tracked file, texts and PDFs alike, holds only codes that are never given to anybody, or specimens."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    if not listed:
        pytest.skip("not a git checkout")

    names = [name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]

    assert {name: codes for name in names if (codes := real_codes((ROOT / name).read_bytes()))} == {}


def test_a_code_that_may_be_somebodys_is_seen() -> None:
    """The search can fail: the check sign counts, and so does the individual number."""
    day, signs = b"010594-", b"0123456789ABCDEFHJKLMNPRSTUVWXY"
    given, never, wrong = ((day + number + signs[(int(b"010594" + number) + off) % 31 :][:1]) for number, off in
                           ((b"123", 0), (b"903", 0), (b"123", 1)))  # fmt: skip

    assert real_codes(b"x %s y %s z %s" % (given, never, wrong)) == {given}
