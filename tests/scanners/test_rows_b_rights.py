"""Rows B-19 and B-20: what may not be read, moved or watched."""

import json
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from intake.base.errors import BadFile
from intake.base.settings import load_settings
from tests.others import need_a_readable_project
from tests.scanners.support import Bench, pdf, png

NOBODY = 65534


def as_nobody(work: Callable[[Bench], object], prepare: Callable[[Bench], None]) -> object:
    """What `work` returns for a bench prepared by root and worked by an unprivileged user, in a process of its own."""
    need_a_readable_project()
    root = Path(tempfile.mkdtemp(prefix="vireille-test-", dir="/tmp"))
    try:
        bench = Bench(root)
        prepare(bench)
        if os.getuid() == 0:
            for path in (root, bench.inlet.folder, *bench.inlet.folder.iterdir()):
                os.chown(path, NOBODY, NOBODY)
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe(duplex=False)

        def child() -> None:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            theirs.send(json.dumps(work(bench)))

        process = context.Process(target=child)
        process.start()
        assert mine.poll(120), "no answer"
        answer = json.loads(mine.recv())
        process.join(60)
        return answer
    finally:
        shutil.rmtree(root)


def test_B_19_a_file_that_may_not_be_read_is_told_once_and_taken_when_put_right() -> None:
    """No loop of attempts; the operator gets the folder and its mode; the other files go on; chmod is enough."""

    def prepare(bench: Bench) -> None:
        if os.getuid() == 0:
            os.chown(bench.drop, NOBODY, NOBODY)

    def work(bench: Bench) -> object:
        locked = bench.drop / "locked.pdf"
        locked.write_bytes(pdf())
        (bench.drop / "fine.png").write_bytes(png())
        locked.chmod(0)
        results = [bench.settle() for _ in range(3)]
        before = [
            sum(result.refused for result in results),
            len(bench.inlet.hashes),
            results[-1].code,
            results[-1].away,
        ]
        told = str(bench.drop) in (results[-1].message or "")
        locked.chmod(0o600)
        bench.settle()
        return [before, told, len(bench.inlet.hashes), bench.inlet.codes, bench.service.round().code]

    assert as_nobody(work, prepare) == [[1, 1, "denied", False], True, 2, ["unreadable"], None]


def test_B_19_a_file_that_was_refused_in_place_and_is_gone_is_told_of_no_more() -> None:
    """The operator deletes what may not be read: the folder is well again in the next round."""

    def prepare(bench: Bench) -> None:
        if os.getuid() == 0:
            os.chown(bench.drop, NOBODY, NOBODY)

    def work(bench: Bench) -> object:
        locked = bench.drop / "locked.pdf"
        locked.write_bytes(pdf())
        locked.chmod(0)
        before = bench.settle().code
        locked.unlink()
        return [before, bench.service.round().code]

    assert as_nobody(work, prepare) == ["denied", None]


def test_B_19_a_file_that_may_not_be_moved_is_accepted_once() -> None:
    """In a sticky folder of somebody else the paper stays where it is, is taken once, and the operator is told."""

    def prepare(bench: Bench) -> None:
        (bench.drop / "scan.pdf").write_bytes(pdf())
        bench.drop.chmod(0o1777)

    def work(bench: Bench) -> object:
        results = [bench.settle() for _ in range(4)]
        bench.service = bench.fresh()
        results += [bench.settle() for _ in range(2)]
        return [
            len(bench.inlet.records("arrivals")),
            sorted(bench.names()),
            [result.code for result in results],
            [result.taken for result in results][:4],
            "mode drwxrwxrwt" in (results[0].message or ""),
        ]

    if os.getuid() != 0:
        pytest.skip("needs root to make somebody else's file")
    assert as_nobody(work, prepare) == [1, ["scan.pdf"], ["denied"] * 4 + ["denied"] * 2, [1, 0, 0, 0], True]


def test_B_19_a_folder_that_may_not_be_listed_is_away_not_empty() -> None:
    """The point goes on; the operator is told which folder."""

    def prepare(bench: Bench) -> None:
        (bench.drop / "scan.pdf").write_bytes(pdf())
        bench.drop.chmod(0o700)

    def work(bench: Bench) -> object:
        result = bench.settle()
        return [result.away, result.code, str(bench.drop) in (result.message or ""), bench.inlet.codes]

    if os.getuid() != 0:
        pytest.skip("needs root to make somebody else's folder")
    assert as_nobody(work, prepare) == [True, "denied", True, []]


@pytest.mark.parametrize(
    ("data", "other"), [("scan/data", "elsewhere"), (".", "elsewhere"), ("data", "scan/inner"), ("data", "scan")]
)
def test_B_20_data_under_a_watched_folder_or_one_folder_in_another_is_refused(tmp_path, data: str, other: str) -> None:
    """Else the point would take its own copies for papers, or one paper twice."""
    settings = tmp_path / "vireille.toml"
    settings.write_text(
        f'[point]\nid = "p"\nname = "P"\ndata = "{data}"\n[[scanner]]\nid = "a"\nfolder = "scan"\n'
        f'[[scanner]]\nid = "b"\nfolder = "{other}"\n[store]\nurl = "folder:hub"\n[queue]\nurl = "sqlite:///q.db"\n'
    )

    with pytest.raises(BadFile, match="overlap"):
        load_settings(settings)
