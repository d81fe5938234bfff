"""Definitions on disk: what is saved is what is loaded, and a wrong file says where."""

import gc
import time
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from intake.base.errors import BadFile
from intake.base.filing import EService
from intake.base.texts import Text
from intake.forms.load import load_catalogue, load_definition, valid_on
from intake.forms.model import Definition, Field, Mark, PageSize, Place, Rule
from intake.forms.save import save, to_toml

TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=12)
SIDE = some.floats(0, 500, allow_nan=False)
BOX = some.tuples(SIDE, SIDE, SIDE, SIDE)
DAY = some.none() | some.dates()
PLACES = some.lists(
    some.builds(
        Place, page=some.integers(1, 9), box_mm=BOX, option=some.none() | TEXT, cells=some.none() | some.integers(1, 40)
    ),
    max_size=3,
).map(tuple)
FIELDS = some.builds(
    Field,
    key=TEXT,
    kind=some.sampled_from(["text", "comb", "date", "check", "radio", "signature"]),
    value=some.none() | some.sampled_from(["hetu", "iban", "plain"]),
    role=some.none() | some.sampled_from(["person_id", "sum", "starts_on"]),
    labels=some.dictionaries(TEXT, TEXT, max_size=2),
    required=some.booleans(),
    basis=some.sampled_from(["source", "law_or_rule", "assumption"]),
    office=some.booleans(),
    places=PLACES,
)
RULES = some.builds(
    Rule,
    id=TEXT,
    kind=TEXT,
    when=some.none() | TEXT,
    fields=some.lists(TEXT, max_size=2).map(tuple),
    attachment=some.none() | TEXT,
    value=some.none() | TEXT,
    text=some.builds(Text, fi=TEXT, sv=TEXT, en=TEXT),
    basis=some.sampled_from(["source", "law_or_rule", "assumption"]),
    source=TEXT,
    valid_from=DAY,
    valid_until=DAY,
)
MARKS = some.builds(Mark, kind=some.sampled_from(["code", "edition"]), text=TEXT, page=some.integers(1, 9), box_mm=BOX)
DEFINITIONS = some.builds(
    Definition,
    provider=TEXT,
    form=TEXT,
    edition=TEXT,
    language=TEXT,
    valid_from=DAY,
    valid_until=DAY,
    titles=some.dictionaries(TEXT, TEXT, max_size=2),
    pages=some.lists(some.builds(PageSize, width_mm=SIDE, height_mm=SIDE), max_size=2).map(tuple),
    marks=some.lists(MARKS, max_size=2).map(tuple),
    fields=some.lists(FIELDS, max_size=2).map(tuple),
    rules=some.lists(RULES, max_size=2).map(tuple),
    eservice=some.none() | some.builds(EService, name=TEXT, url=TEXT, names=some.dictionaries(TEXT, TEXT, max_size=2)),
    replica=some.booleans(),
    definition=some.just(Path()),
    blank=some.just(Path()),
    face=some.just(Path()),
)


def form(name: str = "sv-4", edition: str = "2009-09", **more) -> Definition:
    """A small definition."""
    field = Field(key="hetu", kind="comb", places=(Place(page=1, box_mm=(20, 30, 80, 37), cells=11),))
    size = PageSize(width_mm=210, height_mm=297)
    given = {
        "provider": "kela",
        "form": name,
        "edition": edition,
        "language": "fi",
        "pages": (size,),
        "fields": (field,),
    }
    return Definition.model_validate({**given, **more})


@settings(max_examples=30, deadline=None)
@given(DEFINITIONS)
def test_every_definition_survives_the_way_through_toml(definition):
    """Quotes, control characters, empty texts and every number come back as they were."""
    assert Definition.model_validate(tomllib.loads(to_toml(definition))) == definition


def test_saved_and_loaded_with_its_companions(tmp_path):
    """The three files lie side by side and the definition knows where."""
    saved = save(form(), tmp_path, blank=b"%PDF-", face=b"face")

    assert load_definition(saved.definition) == saved
    assert saved.blank == tmp_path / "sv-4" / "2009-09.fi.pdf"
    assert saved.face.read_bytes() == b"face"


def test_the_file_is_pleasant_to_edit(tmp_path):
    """One paragraph a field, what is usual left out."""
    assert to_toml(form()).split("\n\n")[1] == (
        '[[fields]]\nkey = "hetu"\nkind = "comb"\n'
        "places = [{ page = 1, box_mm = [20.0, 30.0, 80.0, 37.0], cells = 11 }]\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "key"),
    [
        ('kind = "comb"', 'kind = "comb"\ncolour = "red"', 11, "colour"),
        ('kind = "comb"', 'kind = "tick"', 10, "kind"),
        ('edition = "2009-09"', 'edition = "2010"', None, "edition"),
        ('form = "sv-4"', 'form = "sv-5"', None, "form"),
        ("page = 1,", "page = 1,,", 11, None),
    ],
)
def test_a_wrong_file_says_where(tmp_path, before, after, line, key):
    """An unknown key, a wrong word, a name that disagrees, broken TOML: file, line and key are told."""
    path = save(form(), tmp_path).definition
    path.write_text(path.read_text().replace(before, after))

    with pytest.raises(BadFile) as caught:
        load_definition(path)

    assert caught.value.path == path
    assert caught.value.line == line
    assert (caught.value.key or "").endswith(key or "")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"a = " + b"[" * 50_000, b"a" + b".a" * 50_000 + b" = 1", b"x = 1\n" * 2, b"#" * 1_100_000],
    ids=["not text", "deep list", "deep key", "twice", "large"],
)
def test_hostile_definitions_are_located_errors(tmp_path, content):
    """I-01: whatever stands in a definition, the answer is a located error, at once."""
    path = tmp_path / "a.toml"
    path.write_bytes(content)

    with pytest.raises(BadFile):
        load_definition(path)


def test_a_catalogue_is_a_tree(tmp_path):
    """Folders of any depth are read, in the order of their paths; scratch files are not."""
    for where, name in (("vero/b", "vero-1"), ("vero/a", "vero-2"), ("kela", "sv-4")):
        save(form(name), tmp_path / where)
    (tmp_path / "kela" / ".hidden.toml").write_text("nonsense")

    found = load_catalogue([tmp_path])

    assert [one.form for one in found] == ["sv-4", "vero-2", "vero-1"]


def test_one_edition_twice_is_an_error(tmp_path):
    """The same form, edition and language in two places: nobody could say which counts."""
    for where in ("a", "b"):
        save(form(), tmp_path / where)

    with pytest.raises(BadFile, match="same form"):
        load_catalogue([tmp_path])


def test_no_such_folder(tmp_path):
    """A folder that is not there is told."""
    with pytest.raises(BadFile, match="no such folder"):
        load_catalogue([tmp_path / "nowhere"])


def test_the_collector_runs_again_after_an_error(tmp_path):
    """A broken file must not leave the process without garbage collection."""
    (tmp_path / "a.toml").write_text("broken")

    with pytest.raises(BadFile):
        load_catalogue([tmp_path])

    assert gc.isenabled()


def test_valid_on_a_day(tmp_path):
    """Only the edition of the day is offered."""
    old = form(valid_until=date(2014, 12, 31))
    new = form(edition="2015-01", valid_from=date(2015, 1, 1))

    assert valid_on([old, new], date(2014, 12, 31)) == (old,)
    assert valid_on([old, new], date(2015, 1, 1)) == (new,)


@pytest.mark.slow
def test_a_thousand_pages_load_fast(tmp_path):
    """1,000 pages with 40 fields each are ready in 2 s of one core."""
    size = {"width_mm": 210.0, "height_mm": 297.0}
    fields = [
        {
            "key": f"topmostSubform[0].Page1[0].f{number}[0]",
            "kind": "text",
            "labels": {"fi": f"Kentän {number} nimi, joka on tavallisen pitkä", "sv": "Ett fält"},
            "places": [{"page": 1 + number // 40, "box_mm": (20.51, 30.25, 80.4, 37.5)}],
        }
        for number in range(160)
    ]
    for number in range(250):
        save(form(f"form-{number}", pages=[size] * 4, fields=fields), tmp_path)

    seconds = time.process_time()
    found = load_catalogue([tmp_path])

    assert time.process_time() - seconds < 2
    assert sum(len(one.pages) for one in found) == 1000
