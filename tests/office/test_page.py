"""The office's page in a real browser: one filing after the other, and what stands behind it on the disk."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from intake.base.filing import FieldReading, FieldState
from tests.browsing import must_say_that_it_has_no_answer, turned_by_hand
from tests.office.conftest import PASSWORD, SignIn, Unit, Vero, paper
from workers.access.people import add
from workers.access.store import open_access
from workers.access.table import OFFICE, Role
from workers.backoffice.answers import ack
from workers.backoffice.inbox import receive
from workers.deliver.connect import open_store
from workers.office.app import create_app
from workers.office.desk import Desk
from workers.office.serve import site_of
from workers.send.receipt import Receipt, standing_receipt

pytestmark = pytest.mark.timeout(600)
DOUBT = FieldReading(
    kind="text", state=FieldState.UNCLEAR, candidates=("040 1234567", "040 7234567"), confidence=0.41,
    places=(),
)  # fmt: skip


@pytest.fixture
def jyvaskyla(vero: Vero) -> Unit:
    """The unit with three clerks, running, one filing in its queue."""
    unit = vero.unit("jyvaskyla")
    unit.people("aino", "bo", "cecilia")
    doubt = DOUBT.model_copy(update={"places": paper("vero-5010")[2]["puhelin"].places})
    vero.send("f1", fields={"puhelin": doubt}, message="Asiakas tulee perjantaina uudelleen.")
    return vero.run(unit)


def opened(page: Page, unit: Unit) -> str:
    """Open the first filing of the queue; gives its bundle."""
    page.locator("#rows a[href^='/filing/']").first.click()
    expect(page.locator("#filing .sheet img").first).to_be_visible()
    bundle = page.locator("#filing").get_attribute("data-bundle")
    assert bundle is not None
    return bundle


def answer_of(vero: Vero, bundle: str) -> Receipt | None:
    """The receipt that the point will find."""
    store = open_store(f"folder:{vero.folder}/hub")
    return standing_receipt(
        store, "vero", bundle=bundle, sha256=store.sha256(f"vero/{bundle}.p7m"), known=[vero.world.vero.certificate]
    )


def test_every_view_is_clean_for_axe(vero: Vero, jyvaskyla: Unit, sign_in: SignIn) -> None:
    """Queue, filing with the return form open, search, dead letters, load and a refusal, in WCAG's eyes."""
    page = sign_in(jyvaskyla, "aino")
    found = {"queue": Axe().run(page).response["violations"]}
    bundle = opened(page, jyvaskyla)
    page.keyboard.press("p")
    found["filing"] = Axe().run(page).response["violations"]
    for name, path in (("dead", "/dead"), ("load", "/load"), ("none", f"/filing/{'0' * 32}")):
        page.goto(jyvaskyla.url + path)
        found[name] = Axe().run(page).response["violations"]
    page.goto(jyvaskyla.url)
    page.fill("#search", bundle)
    page.keyboard.press("Enter")
    page.wait_for_url("**/find")
    found["search"] = Axe().run(page).response["violations"]

    wrong = {
        name: [(one["id"], [node["html"] for node in one["nodes"]]) for one in faults] for name, faults in found.items()
    }
    assert {name: faults for name, faults in wrong.items() if faults} == {}


def test_a_field_shows_its_place_on_the_paper(jyvaskyla: Unit, sign_in: SignIn) -> None:
    """Going into the field draws a frame over its box on the page's picture."""
    page = sign_in(jyvaskyla, "aino")
    opened(page, jyvaskyla)
    box = next(one for one in paper("vero-5010")[0].fields if one.key == "tunnus").places[0].box_mm

    page.locator("form:has([value=tunnus]) [name=value]").focus()

    mark, sheet = page.locator(".spot").bounding_box(), page.locator(".sheet[data-page='1']").bounding_box()
    assert mark is not None and sheet is not None
    assert abs((mark["x"] - sheet["x"]) / sheet["width"] - (box[0] - 1) / 210) < 0.01
    assert abs((mark["y"] - sheet["y"]) / sheet["height"] - (box[1] - 1) / 297) < 0.01


def test_a_value_is_put_right_and_loaded_by_the_case_system(jyvaskyla: Unit, sign_in: SignIn) -> None:
    """The doubt and the advisor's message are in sight; the clerk's word stands with the name, and in data.json."""
    page = sign_in(jyvaskyla, "aino")
    bundle = opened(page, jyvaskyla)
    expect(page.locator("blockquote").first).to_have_text("Asiakas tulee perjantaina uudelleen.")
    doubtful = page.locator("li:has([value=puhelin])")
    expect(doubtful).to_contain_text("040 1234567 / 040 7234567")

    doubtful.locator("[name=value]").fill("040 7234567")
    doubtful.locator("[name=value]").press("Enter")
    expect(page.locator("li:has([value=puhelin])")).to_contain_text("Vahvistanut Aino")
    data = json.loads(page.request.get(f"{jyvaskyla.url}/filing/{bundle}/data.json").body())

    assert data["normalised"]["contact"]["phone"]["value"] == "040 7234567"
    assert data["normalised"]["contact"]["phone"]["confirmed"] == "person"
    assert [(one["field"], one["is"], one["role"]) for one in data["corrections"]] == [
        ("puhelin", "040 7234567", "backoffice")
    ]
    assert "Aino" not in json.dumps(data)


def test_ticks_and_choices_are_put_right_by_what_the_form_calls_them(
    vero: Vero, jyvaskyla: Unit, sign_in: SignIn
) -> None:
    """A choice stands there as on the paper, in the clerk's language; another is kept as the form's own word for it.

    What nobody could tell is chosen, never kept as it stands; what the bundle says no options of is written.
    """
    read = FieldReading(kind="radio", state=FieldState.FILLED, value="kotitalous", confidence=0.97)
    unclear = FieldReading(kind="check", state=FieldState.UNCLEAR)
    fields = {"laji": read, "rasti": unclear, "vanha": read}
    bundle = vero.send("f2", form="vero-14a", fields=fields).bundle_id
    page = sign_in(jyvaskyla, "aino")
    expect(page.locator(f"#rows a[href*='{bundle}']")).to_be_visible(timeout=60_000)
    page.goto(f"{jyvaskyla.url}/filing/{bundle}?language=sv")
    kind = page.locator("li:has([value=laji]) select")
    expect(kind.locator("option:checked")).to_have_text("Hushållsarbete")

    kind.select_option(label="Omsorgs- eller vårdarbete")
    kind.press("Enter")

    expect(page.locator("li:has([value=laji])")).to_contain_text("Aino (läst: Hushållsarbete)")
    data = json.loads(page.request.get(f"{jyvaskyla.url}/filing/{bundle}/data.json").body())
    (said,) = data["corrections"]
    assert (said["field"], said["read_as"], said["is"]) == ("laji", "kotitalous", "hoiva")
    expect(page.locator("li:has([value=vanha]) input[name=value]")).to_have_value("kotitalous")
    tick = page.locator("li:has([value=rasti])")
    tick.locator("button").click()
    expect(tick.locator("select:invalid")).to_be_focused()
    tick.locator("select").select_option(label="inget kryss")
    tick.locator("button").click()
    expect(page.locator("li:has([value=rasti])")).to_contain_text("Aino (läst: –)")
    assert data["options"]["laji"]["hoiva"]["fi"] == "Hoito- tai hoivatyö"


def test_a_filing_is_one_clerk_s_at_a_time(vero: Vero, jyvaskyla: Unit, sign_in: SignIn) -> None:
    """Bo sees that Aino has it and cannot answer; she hands it to him, and he accepts."""
    aino, bo = sign_in(jyvaskyla, "aino"), sign_in(jyvaskyla, "bo")
    bundle = opened(aino, jyvaskyla)
    opened(bo, jyvaskyla)
    aino.click("#claim")

    bo.click("#accept")  # his page is older than her claim
    expect(bo.locator("[role=alert]")).to_contain_text("Kollega käsittelee asiaa")
    assert answer_of(vero, bundle) is None
    bo.goto(f"{jyvaskyla.url}/filing/{bundle}")
    expect(bo.locator(".decide")).to_contain_text("Käsittelyssä: Aino")
    aino.click("summary:has-text('Anna kollegalle')")
    aino.select_option("[name=to]", "Bo")
    aino.click("form[action$=hand-over] button")
    expect(aino.locator(".decide")).to_contain_text("Käsittelyssä: Bo")
    bo.reload()
    bo.click("#accept")
    expect(bo.locator(".verdict")).to_have_text("Hyväksytty")

    receipt = answer_of(vero, bundle)
    assert receipt is not None
    assert (receipt.outcome, receipt.unit) == ("accepted", "jyvaskyla")


def test_who_puts_a_value_right_has_the_filing(jyvaskyla: Unit, sign_in: SignIn) -> None:
    """Bo's page is older than what Aino says of the same field: it is not overridden."""
    aino, bo = sign_in(jyvaskyla, "aino"), sign_in(jyvaskyla, "bo")
    said = "li:has([value=puhelin])"
    for clerk in (aino, bo):
        opened(clerk, jyvaskyla)
    for clerk, number in ((aino, "040 1234567"), (bo, "040 7234567")):
        clerk.fill(f"{said} [name=value]", number)
        clerk.press(f"{said} [name=value]", "Enter")

    expect(bo.locator("[role=alert]")).to_contain_text("Kollega käsittelee asiaa")
    bo.go_back()
    expect(bo.locator(".decide")).to_contain_text("Käsittelyssä: Aino")
    aino.reload()
    expect(aino.locator(f"{said} [name=value]")).to_have_value("040 1234567")
    expect(aino.locator(said)).to_contain_text("Aino")


def test_a_queue_that_has_no_answer_says_so(jyvaskyla: Unit, sign_in: SignIn) -> None:
    """A question that hangs is given up, and the page says that it may be old until the next one is answered."""
    page = sign_in(jyvaskyla, "aino")
    turned_by_hand(page)
    page.reload()
    must_say_that_it_has_no_answer(page, "voi olla vanhaa")


def test_nothing_of_the_paper_lies_plain_at_the_office(jyvaskyla: Unit, sign_in: SignIn) -> None:
    """Neither name, code nor picture can be found on the office's disk; the browser's URLs hold none of them."""
    page = sign_in(jyvaskyla, "aino")
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    opened(page, jyvaskyla)
    values = paper("vero-5010")[2]
    name, code = values["nimi"].value or "", values["tunnus"].value or ""
    page.fill("#search", name)
    page.keyboard.press("Enter")
    expect(page.locator("#rows li strong").first).to_be_visible()

    files = [path for path in jyvaskyla.folder.rglob("*") if path.is_file()]
    assert any(path.name == "office.db" for path in files)
    whole = paper("vero-5010")[1]
    for needle in (name.encode(), code.encode(), whole[:8], whole[whole.index(b"\xff\xd8\xff") :][:12]):
        assert [path.name for path in files if needle in path.read_bytes()] == []
    assert not any(word in url for url in seen for word in (name.split()[0], code))


def test_a_unit_sees_its_own_only(vero: Vero, jyvaskyla: Unit, sign_in: SignIn) -> None:
    """Turku's page has Turku's paper and nothing of Jyväskylä's; the clerk of one cannot sign in at the other."""
    turku = vero.unit("turku")
    turku.people("tuuli")
    vero.send("f2", "vero-14a", "turku")
    vero.run(turku)
    page = sign_in(turku, "tuuli")

    expect(page.locator("#rows")).to_contain_text("Kotitalousvähennys")
    expect(page.locator("#rows li")).to_have_count(1)
    page.goto(f"{jyvaskyla.url}/sign-in")
    page.fill("[name=name]", "tuuli")
    page.fill("[name=password]", "seitsemän veljestä")
    page.keyboard.press("Enter")
    expect(page.locator("[name=password]")).to_be_visible()


def test_two_machines_of_one_unit_share_the_truth(vero: Vero, jyvaskyla: Unit, sign_in: SignIn, tmp_path: Path) -> None:
    """The lease went to another machine, where it was accepted: the page says so instead of answering twice."""
    page = sign_in(jyvaskyla, "aino")
    bundle = opened(page, jyvaskyla)
    other, out = vero.office(vero.unit("jyvaskyla", "-b")), tmp_path / "b"
    lease = json.loads((jyvaskyla.folder / f"data/leases/{bundle}/lease.json").read_text())

    def elsewhere() -> None:
        other.queue.extend(lease["token"], 0)
        receive(other, out)
        ack(other, out, bundle)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(elsewhere).result()
    page.click("#accept")

    expect(page.locator("[role=alert]")).to_contain_text("vastattu")
    for _ in range(30):
        page.goto(f"{jyvaskyla.url}/filing/{bundle}")
        if page.locator(".verdict").inner_text() == "Hyväksytty":
            break
        page.wait_for_timeout(1000)
    expect(page.locator(".verdict")).to_have_text("Hyväksytty")


def test_G_09_who_opened_a_filing_is_read_by_the_auditor(vero: Vero, jyvaskyla: Unit, sign_in: SignIn) -> None:
    """The look stands in the filing's history and in the auditor's list, who gets no paper to see."""
    with open_access(jyvaskyla.settings) as access:
        add(access, "tilda", "Tilda", [Role.AUDITOR], PASSWORD)
    clerk = sign_in(jyvaskyla, "aino")
    bundle = opened(clerk, jyvaskyla)
    clerk.reload()
    expect(clerk.locator("#filing")).to_contain_text("Aino: avasi asian")

    auditor = sign_in(jyvaskyla, "tilda")

    expect(auditor.locator("tbody tr")).to_have_count(1)
    expect(auditor.locator("tbody tr")).to_contain_text(bundle)
    auditor.goto(f"{jyvaskyla.url}/filing/{bundle}")
    expect(auditor.locator("h2")).to_contain_text("Roolisi ei avaa")


def test_every_route_has_its_row_in_the_table(vero: Vero) -> None:
    """What is not in the one table of role and route would be refused; what is only there leads nowhere."""
    unit = vero.unit("jyvaskyla")
    with site_of(unit.settings) as site:
        app = create_app(Desk(None, None), site)  # type: ignore[arg-type]
        there = {
            (method, route.path)
            for route in app.routes
            for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}
        }

    assert there == set(OFFICE)
