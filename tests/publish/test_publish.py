"""The publisher's mistakes are told before anything is signed."""

import shutil
from pathlib import Path

import pytest

from intake.base.errors import CheckFailed, Untrusted, WrongUse
from intake.forms.load import BUILTIN
from tests.publish.conftest import Town

COMMENT = "\n# another version\n"


def test_the_same_folder_is_published_once(town: Town) -> None:
    """Repeating it, as after a crash, does nothing."""
    folder = town.set()

    first, again = town.publish(folder), town.publish(folder)

    assert (first.new, again.new) == (True, False)
    assert first.contents == again.contents
    assert list(town.store.list("updates/")) == ["updates/main/00000001.asics"]


def test_parts_left_out_come_from_the_version_before(town: Town) -> None:
    """Every version is whole by itself, unless the publisher says otherwise."""
    town.publish(town.set())
    only_rules = town.set("second", rule=COMMENT)
    shutil.rmtree(only_rules / "providers")

    merged = town.publish(only_rules)
    whole = town.publish(only_rules, whole=True)

    assert set(merged.contents.parts) == {"rules", "providers"}
    assert set(whole.contents.parts) == {"rules"}
    assert whole.contents.version == 3


def key_among(folder: Path) -> None:
    """A private key under an innocent name."""
    shutil.copyfile(folder.parent / "demo" / "keys" / "vero.key.pem", folder / "providers" / "vero2.pem")


def link(folder: Path) -> None:
    """A file that is a link."""
    (folder / "rules" / "x.toml").symlink_to(folder.parent / "demo" / "vireille.toml")


def stray(folder: Path) -> None:
    """Something that no package holds."""
    (folder / "rules" / "kela.toml.orig").write_text("")


@pytest.mark.parametrize(("spoil", "words"), [(key_among, "private key"), (link, "a link"), (stray, "take it out")])
def test_what_must_not_travel_is_refused(town: Town, spoil: object, words: str) -> None:
    """A private key, a link, a stray file."""
    folder = town.set()
    assert callable(spoil)
    spoil(folder)

    with pytest.raises(WrongUse, match=words):
        town.publish(folder)

    assert list(town.store.list("updates/")) == []


def test_hidden_files_stay_at_home(town: Town) -> None:
    """An editor's or a version control's."""
    folder = town.set()
    (folder / "rules" / ".kela.toml.swp").write_text("x")

    assert not any("swp" in name for name in town.publish(folder).contents.files)


def test_an_empty_folder_is_refused(town: Town, tmp_path: Path) -> None:
    """Most likely the wrong folder."""
    with pytest.raises(WrongUse, match="none of rules/"):
        town.publish(tmp_path)


def unknown_provider(folder: Path) -> None:
    """I-04."""
    (folder / "providers" / "kela.toml").unlink()


def swapped_certificate(folder: Path) -> None:
    """F-06."""
    shutil.copyfile(folder / "providers" / "vero.cert.pem", folder / "providers" / "kela.cert.pem")


def lost_certificate(folder: Path) -> None:
    """Named and not there."""
    (folder / "providers" / "kela.cert.pem").unlink()


def outside_certificate(folder: Path) -> None:
    """Lies on the publisher's machine only."""
    kela = folder / "providers" / "kela.toml"
    kela.write_text(kela.read_text().replace('"kela.cert.pem"', f'"{folder.parent}/demo/keys/kela.cert.pem"'))


def unknown_key(folder: Path) -> None:
    """A typing mistake."""
    with (folder / "rules" / "kela.toml").open("a") as file:
        file.write('\n[[rule]]\nid = "x"\nwenn = 1\n')


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (unknown_provider, "kela"),
        (swapped_certificate, "is not the certificate"),
        (lost_certificate, "kela.cert.pem: cannot be read"),
        (outside_certificate, "leads out of providers/"),
        (unknown_key, "rules/kela.toml"),
    ],
)
def test_a_wrong_set_is_neither_published_nor_taken(town: Town, spoil: object, words: str) -> None:
    """The publisher is told; and a point that gets such a set from a publisher who was not, keeps what it has."""
    point = town.point("one")
    town.publish(town.set("good"))
    point.update()
    folder = town.set("bad", rule=COMMENT)
    assert callable(spoil)
    spoil(folder)

    with pytest.raises(CheckFailed, match=words):
        town.publish(folder)
    unproved(town, folder)
    with pytest.raises(CheckFailed, match=words):
        point.update()

    assert point.settings.catalogue == "main-1"
    assert len(point.sets) == 1


def unproved(town: Town, folder: Path) -> None:
    """Sign version 2 without looking at it."""
    from workers.publish.contents import gathered
    from workers.publish.package import contents_of, make_package

    files = gathered(folder)
    made = make_package(files, contents_of(files, "main", 2), town.publisher.identity, at=town.clock.now())
    town.package(2).write_bytes(b"".join(made))


def form_folder(folder: Path) -> Path:
    """A form in a folder to publish."""
    source = next((BUILTIN / "kela" / "kela-at1").glob("*.fi.toml"))
    target = folder / "forms" / "kela" / "kela-at1"
    target.mkdir(parents=True)
    for suffix in (".toml", ".pdf", ".face"):
        shutil.copyfile(source.with_suffix(suffix), target / source.with_suffix(suffix).name)
    return target


def test_a_form_travels(town: Town) -> None:
    """The point knows it beside its own."""
    from workers.run.open_point import definitions_of

    point = town.point("one")
    folder = town.set()
    form_folder(folder)
    town.publish(folder)

    point.update()

    assert [one.form for one in definitions_of(point.settings)] == ["kela-at1"]


@pytest.mark.parametrize("suffix", [".face", ".pdf", ".toml"])
def test_a_damaged_form_is_not_taken(town: Town, suffix: str) -> None:
    """Its face, its blank or its definition: the point would not start with it, or not know the paper."""
    point = town.point("one")
    folder = town.set()
    town.publish(folder)
    point.update()
    path = next(form_folder(folder).glob(f"*{suffix}"))
    if suffix == ".pdf":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(CheckFailed, match="forms/kela"):
        town.publish(folder)
    unproved(town, folder)
    with pytest.raises((CheckFailed, Untrusted)):
        point.update()

    assert point.settings.catalogue == "main-1"


def test_a_form_that_the_point_has_already_is_refused_there(town: Town) -> None:
    """The same edition twice: the operator of that point must choose."""
    point = town.point("one")
    folder = town.set()
    form_folder(folder)
    own = point.config.parent / "ownforms"
    shutil.copytree(folder / "forms", own)
    point.config.write_text(
        point.config.read_text().replace("builtin = false", 'builtin = false\ndirectories = ["ownforms"]')
    )
    town.publish(folder)

    with pytest.raises(CheckFailed, match="remove one"):
        point.update()
