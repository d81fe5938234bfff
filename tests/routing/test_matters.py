"""The shipped matters are found by everyday words, say who handles them on a day, and name their sources."""

from datetime import date
from pathlib import Path

import pytest

from intake.base.errors import BadFile
from routing_rules.matter_search import MatterIndex
from routing_rules.matters import BUILTIN, Matters, load_matters
from routing_rules.providers import Provider

PILOT = date(2015, 3, 2)
CARD = """
[[matter]]
id = "{id}"
names = {{ fi = "Meidän", sv = "Vår", en = "Ours" }}
words = {{ fi = "kyläkauppa" }}
about = {{ fi = "Asia.", sv = "Ärende.", en = "A matter." }}
source = "test"
{extra}
"""
SECOND = """
[[matter]]
id = "m"
names = { fi = "a", sv = "b", en = "c" }
about = { fi = "a", sv = "b", en = "c" }
source = "test"
"""
# Words of a counter's day, written down before looking at the cards' own words.
FINNISH = """
passit lapsille: passi | tarttis uuden henkkarin: henkilokortti | ajokorttini on umpeutumassa: ajokortti
perunkirjoituksen jättö: perukirja | äiti tarvitsee edunvalvojan: edunvalvonta | notaarilta todistus: notaari
jouduin työttömäksi: tyottomyysetuus | rakennusluvan liitteet: rakennuslupa | lapsilisäasia: lapsilisa
asumistuesta kysyisin: asumistuki | muutamme Ouluun: muuttoilmoitus | menemme naimisiin: vihkiminen avioliiton-esteet
tyttären päiväkotihakemus: paivahoito | metsästyskivääri: aselupa | lompakko katosi: loytotavara
verokortti kesätöihin: verokortti | lahjoitin rahaa pojalle: lahjavero | sairaslomalle jäin: sairauspaivaraha
Kelan taksi sairaalaan: matkakorvaus | sukunimi takaisin: nimenmuutos | toimeentulotukihakmus: toimeentulotuki
työvuoroni vähenivät: tyottomyysetuus | koira karkasi: loytoelain | en saa palkkaa: palkkaturva
naapuri meluaa: rikosilmoitus
haluan hirviluvan: metsastys aselupa | vuokranantaja irtisanoi: vuokra-asunto asumistuki | sain perintömökin: perukirja
"""
SWEDISH = """
passet går ut: passi | id-kortet: henkilokortti | körkortets förnyande: ajokortti | bouppteckningar: perukirja
intressebevakare åt mamma: edunvalvonta | notarius intyg: notaari | blev arbetslös: tyottomyysetuus
bygglovet: rakennuslupa | barnbidragsansökan: lapsilisa | bostadsbidraget: asumistuki
vi flyttar till Åbo: muuttoilmoitus
vi ska gifta oss: vihkiminen avioliiton-esteet | dagisplats: paivahoito | jaktgevär: aselupa
plånboken försvann: loytotavara
skattekortet för sommaren: verokortti | gåvoskatten: lahjavero | sjukskrivning: sairauspaivaraha
taxi till sjukhuset: matkakorvaus | byter efternamn: nimenmuutos | utkomststödet: toimeentulotuki
hunden rymde: loytoelain | vill ha älglicens: metsastys aselupa | inga pengar till mat: toimeentulotuki
deltidsjobb: tyottomyysetuus | ska bli pappa: vanhempainraha | hyresvärden sade upp oss: vuokra-asunto
"""


@pytest.fixture(scope="module")
def matters() -> Matters:
    """All shipped cards."""
    return load_matters([BUILTIN])


def asked(text: str) -> list[tuple[str, set[str]]]:
    """Each query with the cards that answer it."""
    return [
        (query.strip(), set(wanted.split()))
        for line in text.split("|")
        for part in line.strip().splitlines()
        for query, _, wanted in [part.partition(":")]
    ]


@pytest.mark.parametrize(("language", "text"), [("fi", FINNISH), ("sv", SWEDISH)])
def test_everyday_words_find_their_matter_first_or_second(matters: Matters, language: str, text: str) -> None:
    """Twenty and more in each language, inflected, in sentences, one misspelt."""
    index = MatterIndex(matters.on(PILOT, "saarijarvi"))
    queries = asked(text)

    missed = [
        (query, [one.id for one in index.find(query, language)][:3])
        for query, wanted in queries
        if not wanted & {one.id for one in index.find(query, language)[:2]}
    ]

    assert len(queries) >= 20
    assert missed == []


def test_what_resembles_nothing_finds_nothing(matters: Matters) -> None:
    """No card is offered for the sake of offering one."""
    index = MatterIndex(matters.on(PILOT, None))

    assert [index.find(words, "fi") for words in ("xyzzy", "qqqq", "", "??")] == [[], [], [], []]


@pytest.mark.parametrize(
    ("matter", "day", "provider"),
    [
        ("ajokortti", date(2015, 12, 31), "poliisi"),
        ("ajokortti", date(2016, 1, 1), "trafi"),
        ("edunvalvonta", PILOT, "maistraatti"),
        ("edunvalvonta", date(2026, 11, 1), "dvv"),
        ("toimeentulotuki", date(2016, 12, 31), "kunta"),
        ("toimeentulotuki", date(2017, 1, 1), "kela"),
        ("tyonhakijaksi", date(2025, 1, 1), "kunta"),
    ],
)
def test_each_day_has_its_handler(matters: Matters, matter: str, day: date, provider: str) -> None:
    """A matter goes to the authority that has the task on that day."""
    card = next(one for one in matters.on(day, None) if one.id == matter)

    assert [one.provider for one in card.handler] == [provider]


def test_papers_that_te_does_not_want_and_visits_that_the_police_do_are_said(matters: Matters) -> None:
    """The evaluation's two warnings stand on the cards of their day, and not before it."""

    def warned(matter: str, day: date) -> set[str]:
        return {line.kind for one in matters.on(day, None) if one.id == matter for line in one.line}

    assert "no_paper" in warned("starttiraha", PILOT)
    assert "no_paper" not in warned("starttiraha", date(2014, 12, 31))
    assert all("in_person" in warned(one, PILOT) for one in ("passi", "henkilokortti", "aselupa", "turvallisuusala"))


def test_a_contact_counts_at_its_point(matters: Matters) -> None:
    """Parainen is told of the notary from Turku; Mikkeli is not."""
    parainen, mikkeli = (
        [one.text.fi for one in matters.contacts_of(["maistraatti"], PILOT, point)] for point in ("parainen", "mikkeli")
    )

    assert any("notaari Turusta" in text for text in parainen)
    assert not any("notaari Turusta" in text for text in mikkeli)


def test_every_card_is_handled_on_every_day(matters: Matters, shipped_providers: dict[str, Provider]) -> None:
    """In the pilot and today somebody has each matter, and that provider exists then."""
    for day in (PILOT, date(2016, 6, 1), date(2017, 1, 1), date(2019, 6, 1), date(2020, 1, 1), date(2026, 11, 27)):
        for card in matters.on(day, None):
            assert card.handler, card.id
            for one in card.handler:
                assert one.provider is None or shipped_providers[one.provider].valid_on(day), (card.id, day)


def test_a_card_of_ones_own_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    """A later folder wins by id; the other cards stay."""
    (tmp_path / "ours.toml").write_text(CARD.format(id="passi", extra=""))

    found = load_matters([BUILTIN, tmp_path]).cards

    assert found["passi"].names.fi == "Meidän"
    assert "henkilokortti" in found


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("colour = 1", "unknown key"),
        ('[[matter.handler]]\nprovider = "x"\nname = { fi = "X" }', "either a provider or a name"),
        ('[[matter.line]]\nkind = "bring"\ntext = { fi = "X" }', "source"),
        ('[[matter.line]]\nkind = "eservice"\ntext = { fi = "X" }\nsource = "x"\nurl = "javascript:x"', "url"),
        (SECOND, "also stands"),
    ],
)  # fmt: skip
def test_a_wrong_card_names_its_fault(tmp_path: Path, extra: str, said: str) -> None:
    """One line with file and key."""
    (tmp_path / "ours.toml").write_text(CARD.format(id="m", extra=extra))

    with pytest.raises(BadFile, match=said):
        load_matters([tmp_path])
