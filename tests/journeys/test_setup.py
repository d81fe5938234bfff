"""Setting up a point at the command line: `init` with a name of its own, and what a mistype is answered with."""

import subprocess
from pathlib import Path

import pytest

from intake.base.settings import load_settings
from tests.journeys.conftest import VIREILLE, Point
from workers.seal import certificates, keys


def vireille(*words: object, expect: int = 0) -> str:
    """What the command prints, all of it; the exit code must be as expected."""
    done = subprocess.run([str(VIREILLE), *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == expect, done.stderr
    return done.stdout + done.stderr


def test_a_point_gets_its_own_name_and_a_certificate_that_carries_it(tmp_path: Path) -> None:
    """Id, name, municipality and languages stand in the settings; nothing of a real point goes without an advisor."""
    options = ("--id", "karstula", "--name", 'Karstulan "uusi" piste', "--municipality", "226", "--languages", "sv,fi")

    said = vireille("init", tmp_path / "point", *options)

    settings = load_settings(tmp_path / "point" / "vireille.toml")
    here = settings.here
    signer = keys.load_certificate(tmp_path / "point" / "keys" / "point.cert.pem")
    assert (here.id, here.name, here.municipality) == ("karstula", 'Karstulan "uusi" piste', "226")
    assert here.languages == ("sv", "fi")
    assert here.as_of is None
    assert settings.release.complete == "advisor"
    assert certificates.common_name(signer) == "karstula"
    assert "providers add" in said


def test_a_real_point_has_todays_authorities_and_says_what_to_throw_away(tmp_path: Path) -> None:
    """None that has ended; the rules of today are in order with them."""
    said = vireille("init", tmp_path / "point", "--id", "helsinki")

    config = tmp_path / "point" / "vireille.toml"
    there = {path.stem for path in (tmp_path / "point" / "providers").glob("*.toml")}
    assert not there & {"te", "maistraatti", "trafi"}
    assert {"dvv", "kela", "vero", "traficom"} <= there
    assert "authorities of today: dvv, kela, kunta, poliisi, traficom, vero" in said
    assert "kunta.toml" in said
    assert "in order" in vireille("rules", "check", "--config", config)


@pytest.mark.parametrize(
    ("point", "name", "municipality", "first"),
    [
        ("saarijarvi", "Saarijärven asiointipiste", "729", "fi"),
        ("parainen", "Pargas servicepunkt", "445", "sv"),
        ("oulu-kiiminki", "Oulun Kiimingin asiointipiste", "564", "fi"),
    ],
)
def test_a_demo_is_any_of_the_pilots_points(
    tmp_path: Path, point: str, name: str, municipality: str, first: str
) -> None:
    """Each with its own name, municipality and languages; complete papers go by themselves there."""
    vireille("init", tmp_path / "demo", "--demo", "--id", point)

    settings = load_settings(tmp_path / "demo" / "vireille.toml")
    assert (settings.here.id, settings.here.name, settings.here.municipality) == (point, name, municipality)
    assert settings.here.languages[0] == first
    assert settings.release.complete == "auto"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--municipality", "730"), "near it: 732 (lappi), 320 (lappi)"),
        (("--municipality", "saarijärvi"), "near it: 729 (keski-suomi)"),
        (("--languages", "fi,de"), "'fi,de' is no list of languages"),
        (("--id", "Mikkeli!"), "use a-z, 0-9 and hyphens"),
        (("--demo", "--id", "helsinki"), "none of the demo's points; use mikkeli, oulu-kiiminki"),
        (("--name", "two\nlines"), "one printable line"),
    ],
)
def test_a_mistyped_option_makes_nothing(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    """One line says what would do, and the folder is not begun."""
    said = vireille("init", tmp_path / "point", *options, expect=2)

    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "point").exists()


def test_a_mistyped_queue_is_told_and_not_made(point: Point) -> None:
    """The back office's verb names the file that is not there; the right one can be asked before anything was sent."""
    assert "0 waiting" in point.command("inbox", "list", "--provider", "kela")
    point.config.write_text(point.config.read_text().replace("hub/queue.db", "hub/quue.db"))

    said = point.command("inbox", "receive", "--provider", "kela", "--out", str(point.folder / "in"), expect=4)

    assert "no queue at" in said
    assert "hub/quue.db" in said
    assert sorted(path.name for path in (point.folder / "hub").glob("*.db")) == ["queue.db"]


@pytest.mark.parametrize(
    "words",
    [
        ("inspect", "nix.pdf"),
        ("forms", "add", "nix.pdf", "--provider", "kela", "--into", "forms"),
        ("open", "nix.pdf", "--key", "key.pem", "--out", "out"),
    ],
)
def test_a_file_that_is_not_there_is_told_by_its_name(words: tuple[str, ...]) -> None:
    """One line and the exit code of what is not found, whichever verb it was."""
    said = vireille(*words, expect=4)

    assert said == "vireille: nix.pdf: no such file\n"
