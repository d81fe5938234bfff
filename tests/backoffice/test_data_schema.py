"""data.json: its schema, its values in one form, a case system that knows only these, and one table of many filings."""

import csv
import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from intake.base.filing import FieldReading, FieldState
from intake.forms.load import BUILTIN, load_catalogue
from intake.forms.model import Definition
from intake.trial import sample
from tests.backoffice.conftest import Street
from tests.backoffice.reader import load
from tests.seal.make_vectors import FOLDER
from tests.seal.world import NOW, World, sealed
from workers.backoffice.data import data_json
from workers.backoffice.inbox import receive
from workers.backoffice.normal import normalised
from workers.seal.manifest import Correction, from_json

VIREILLE = Path(sys.executable).with_name("vireille")
ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(json.loads((ROOT / "workers/seal/data-2.schema.json").read_text("utf-8")))
CATALOGUE = load_catalogue([BUILTIN])
MANY = 200


def readings(definition: Definition, seed: int) -> dict[str, FieldReading]:
    """A filled form as it would be read without fault."""
    values = sample(definition, seed=seed, extra=1).values
    return {
        field.key: FieldReading(kind=field.kind, state=FieldState.FILLED, value=values[field.key], confidence=0.97)
        if field.key in values and field.kind not in ("signature",)
        else FieldReading(kind=field.kind, state=FieldState.EMPTY)
        for field in definition.fields
        if not field.office
    }


def as_sealed(definition: Definition, seed: int) -> dict[str, object]:
    """What the point says about a filled form."""
    return {
        "form": definition.form, "edition": definition.edition, "language": definition.language,
        "fields": readings(definition, seed),
        "roles": {field.key: field.role for field in definition.fields if field.role},
        "labels": {field.key: field.labels for field in definition.fields if field.labels},
        "options": {field.key: field.options for field in definition.fields if field.options},
        "identity": "passport",
    }  # fmt: skip


def small(world: World, folder: Path, roles: dict[str, str], **values: str | None) -> object:
    """The normalised values of a few fields."""
    fields = {
        key: FieldReading(
            kind="text", state=FieldState.EMPTY if value == "" else FieldState.FILLED, value=value or None
        )
        for key, value in values.items()
    }
    return normalised(sealed(world, folder, roles=roles, fields=fields).manifest)


def test_the_schema_is_a_schema() -> None:
    """JSON Schema 2020-12, with the number that its file's name has."""
    Draft202012Validator.check_schema(SCHEMA.schema)

    assert SCHEMA.schema["$id"] == "urn:vireille:data:2"


@pytest.mark.slow
def test_a_reader_written_from_the_schema_alone_loads_two_hundred_filings(street: Street) -> None:
    """All forms in both languages: whose it is, the sums in cents, the days as ISO; each filing fits the schema."""
    made = [CATALOGUE[number % len(CATALOGUE)] for number in range(MANY)]
    for number, definition in enumerate(made):
        street.deliver(f"f{number}", **as_sealed(definition, number))
    done = receive(street.office, street.out, MANY)
    assert len(done.received) == MANY
    paths = [one.folder / "data.json" for one in done.received]

    database = load(paths)

    assert [fault.message for path in paths for fault in SCHEMA.iter_errors(json.loads(path.read_bytes()))] == []
    forms = Counter(definition.form for definition in made)
    assert dict(database.execute("select form, count(*) from filing group by form")) == forms
    providers = {"kela", "vero", "te", "maistraatti", "poliisi", "kunta", "yhteinen"}
    assert {definition.provider for definition in made} == providers
    nameless = database.execute("select form from filing where name is null").fetchall()
    assert nameless == []
    unchecked = database.execute("select distinct form from filing where code is null or confirmed is null").fetchall()
    assert {form for (form,) in unchecked} <= {"ytj-y3"}  # it asks for no code
    days = [value for (value,) in database.execute("select value from day where value is not null")]
    assert len(days) > MANY
    assert all(date.fromisoformat(day) for day in days)
    assert database.execute("select count(*) from amount where cents is not null").fetchone()[0] > MANY / 2
    assert database.execute("select count(*) from filing where form = 'kela-y121' and account is null").fetchone() == (
        0,
    )


def test_values_come_in_one_form(world: World, tmp_path: Path) -> None:
    """Days as ISO 8601, sums in cents with the cents' own box, codes by their check digits, two boxes one name."""
    roles = {"etu": "person_given_names", "suku": "person_family_name", "tunnus": "person_id", "tili": "account",
             "alkaen": "starts_on", "summa": "sum", "summa_snt": "sum_cents", "muu": "sum", "firma": "organisation_id",
             "vuosi": "tax_year"}  # fmt: skip
    said = small(world, tmp_path, roles, etu="Maija  Kaarina", suku="Mäki", tunnus="010594y9032", alkaen="07032015",
                 tili="fi21 1234 5600 0007 85", summa="1 234", summa_snt="05", muu="27.027,50", firma="0112038-9",
                 vuosi="2014")  # fmt: skip

    assert (said.person.name.value, said.person.name.fields) == ("Maija Kaarina Mäki", ("etu", "suku"))
    assert (said.person.id.value, said.person.id.kind, said.person.id.confirmed) == (
        "010594Y9032",
        "hetu",
        "check_digits",
    )
    assert (said.account.value, said.account.confirmed) == ("FI2112345600000785", "check_digits")
    assert said.dates["alkaen"].value == "2015-03-07"
    assert (said.sums["summa"].cents, said.sums["summa"].fields) == (123_405, ("summa", "summa_snt"))
    assert said.sums["muu"].cents == 2_702_750
    assert (said.organisation.id.kind, said.tax_year.value) == ("business_id", "2014")


def test_nothing_is_guessed(world: World, tmp_path: Path) -> None:
    """What was not believed, or is no day or amount, has no value; cents that nobody believed leave no sum."""
    roles = {"alkaen": "starts_on", "summa": "sum", "summa_snt": "sum_cents", "muu": "sum", "nimi": "person_name",
             "sivulla": "person_id"}  # fmt: skip
    said = small(world, tmp_path, roles, alkaen="31022015", summa="12", summa_snt=None, muu="noin sata", nimi="")

    assert said.dates["alkaen"].value is None
    assert (said.sums["summa"].cents, said.sums["muu"].cents) == (None, None)
    assert (said.person.name.value, said.person.name.state) == (None, "empty")
    assert said.person.id is None  # on a page that did not come


def test_a_person_s_word_counts(world: World, tmp_path: Path) -> None:
    """Corrections of the counter and of the office stand in `normalised`; `fields` stay as they were read."""
    read = FieldReading(kind="text", state=FieldState.FILLED, value="Mäkl", confidence=0.8)
    first = Correction(field="nimi", read_as="Mäkl", **{"is": "Mäki"}, role="advisor", at=NOW)
    last = Correction(field="nimi", read_as="Mäki", **{"is": "Mäkinen"}, role="backoffice", at=NOW)
    manifest = sealed(
        world, tmp_path, roles={"nimi": "person_name"}, fields={"nimi": read}, corrections=(first,)
    ).manifest

    said = json.loads(data_json(manifest, [last]))

    assert said["normalised"]["person"]["name"] == {
        "fields": ["nimi"], "role": "person_name", "state": "filled", "value": "Mäkinen", "confidence": 0.8,
        "confirmed": "person",
    }  # fmt: skip
    assert said["fields"]["nimi"]["value"] == "Mäkl"
    assert [(one["is"], one["role"]) for one in said["corrections"]] == [("Mäki", "advisor"), ("Mäkinen", "backoffice")]
    assert list(SCHEMA.iter_errors(said)) == []


def test_a_bundle_of_the_first_release_gives_the_same_document(world: World, tmp_path: Path) -> None:
    """Without roles the normalised part is there and empty, and it fits the schema."""
    for name in ("vero.key.pem", "vero.cert.pem"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "vero.key.pem").chmod(0o600)
    words = ["open", FOLDER / "good.p7m", "--key", "vero.key.pem", "--ca", FOLDER / "ca.pem", "--out", "out"]
    subprocess.run([VIREILLE, *words], cwd=tmp_path, capture_output=True, check=True, timeout=120)

    said = json.loads(data_json(from_json((tmp_path / "out/bundle.json").read_bytes())))

    assert list(SCHEMA.iter_errors(said)) == []
    assert (said["schema"], said["identity"], said["normalised"]["person"]["id"]) == (2, None, None)


def test_one_table_of_many_filings_opens_without_harm(street: Street) -> None:
    """`inbox table`: a row each, sums with a decimal comma, nothing that a person wrote is a formula."""
    for number, form in enumerate(("vero-14a", "kela-y121")):
        definition = next(one for one in CATALOGUE if one.form == form)
        said = as_sealed(definition, number)
        said["fields"]["nimi"] = FieldReading(kind="text", state=FieldState.FILLED, value='=HYPERLINK("http://x";1)')
        street.deliver(f"t{number}", **said)
    receive(street.office, street.out)

    done = subprocess.run(
        [VIREILLE, "inbox", "table", "--out", street.out], capture_output=True, check=True, timeout=120
    )

    assert done.stdout.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert {row["form"] for row in rows} == {"vero-14a", "kela-y121"}
    assert all(row["name"].startswith("'=") for row in rows)
    household = next(row for row in rows if row["form"] == "vero-14a")
    euros, cents = household["sum maksettu"].split(",")
    assert euros.isdecimal() and len(cents) == 2
    assert next(row for row in rows if row["form"] == "kela-y121")["account"].startswith("FI")


def test_a_mapping_file_of_their_own_names_the_columns(street: Street, tmp_path: Path) -> None:
    """The case system's words, each with a path in data.json; a misspelt file is refused with its place."""
    street.deliver()
    receive(street.office, street.out)
    mapping = tmp_path / "asianhallinta.toml"
    mapping.write_text('[columns]\nasia = "bundle"\nlomake = "form"\n')
    words = [VIREILLE, "inbox", "table", "--out", street.out, "--columns", mapping]

    done = subprocess.run(words, capture_output=True, check=True, timeout=120)
    mapping.write_text("[columns]\nasia = 3\n")
    refused = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)

    assert done.stdout.decode("utf-8-sig").splitlines()[0] == "asia;lomake"
    assert refused.returncode == 2
    assert "asianhallinta.toml" in refused.stderr
