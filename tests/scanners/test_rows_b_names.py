"""Row B-18: names that lie."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.taker import LONGEST_LABEL, label
from tests.scanners.support import Bench, pdf

LYING_NAMES = [
    b"-o.pdf",
    b";rm -rf x.pdf",
    b"line\nbreak.pdf",
    b"\x1b[31mred.pdf",
    b"\xff\xfe.pdf",
    "\u202egpj.pdf".encode(),
    b"x" * 251 + b".pdf",
    "\u00c5.pdf".encode(),
    "A\u030a.pdf".encode(),
    b"CON",
    b"=cmd().pdf",
    b"..pdf",
    b"%2e%2e%2fetc.pdf",
    b"<b>.pdf",
]


def test_B_18_names_that_lie_are_only_labels(bench: Bench) -> None:
    """Each is one paper, twins included; no label holds a control, a direction mark or a way to act."""
    for number, name in enumerate(LYING_NAMES):
        Path(os.fsdecode(os.path.join(os.fsencode(bench.drop), name))).write_bytes(pdf(body=b"%d" % number))  # noqa: PTH118

    bench.settle()

    records = bench.inlet.records("arrivals")
    taken = [name for name in LYING_NAMES if not name.startswith(b".")]
    assert len({record["sha256"] for record in records}) == len(taken)
    assert all(is_harmless(str(record["label"])) for record in records)


def is_harmless(text: str) -> bool:
    """Printable, short, and no start of an option or formula."""
    return (
        text.isprintable()
        and len(text) <= LONGEST_LABEL
        and text[:1] not in {"-", "=", "+", "@", "."}
        and "/" not in text
    )


@given(st.text(max_size=120))
def test_B_18_any_name_becomes_a_harmless_label(name: str) -> None:
    """Whatever a device or a stranger calls a file."""
    assert is_harmless(label(name))


@given(st.binary(max_size=255))
def test_B_18_any_bytes_become_a_harmless_label(name: bytes) -> None:
    """Names need not be text."""
    assert is_harmless(label(os.fsdecode(name)))


def test_B_18_two_spellings_of_one_name_are_two_papers(bench: Bench) -> None:
    """The composed and the decomposed Å look alike and are not."""
    (bench.drop / "\u00c5.pdf").write_bytes(pdf(body=b"1"))
    (bench.drop / "A\u030a.pdf").write_bytes(pdf(body=b"2"))

    assert bench.settle().taken == 2


@pytest.mark.parametrize("name", ["scan.xml", "Icon", "Icon\r", "ehthumbs.db", ".stfolder", "x.metadata"])
def test_L6_side_files_are_no_papers(bench: Bench, name: str) -> None:
    """What scanners and synchronisers put beside the papers is neither taken nor waited for."""
    (bench.drop / name).write_bytes(b"side")

    last = bench.settle()

    assert (last.taken, last.refused, last.arriving) == (0, 0, ())
    assert bench.names() == {name}


def test_L6_a_temporary_name_that_nobody_writes_to_is_not_arriving_for_ever(bench: Bench) -> None:
    """It is listed while it may still become a paper, and again when it changes."""
    (bench.drop / "..scan.pdf").write_bytes(b"half")

    assert len(bench.settle().arriving) == 1
    assert bench.settle(4000).arriving == ()
    (bench.drop / "..scan.pdf").write_bytes(b"half and more")
    assert len(bench.settle(1).arriving) == 1
