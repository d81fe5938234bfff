"""The counter page: what it shows, what it lets an advisor do, and whom it refuses."""

import threading

import pytest
from sqlalchemy import select

from intake.base.filing import FieldPlace, FieldReading, FieldState
from intake.base.states import State
from intake.base.texts import Text
from intake.base.toml import read_toml
from tests.pages.conftest import WORKED_ON, Counter, document, waiting
from workers.access.guards import HEADERS
from workers.ledger import Blobs, Changes, claimed, reports
from workers.ledger.claim import claim
from workers.ledger.schema import filings
from workers.pages.news import Kept


def test_the_list_shows_a_waiting_filing_with_its_gaps(counter: Counter) -> None:
    """The newest filing stands in the list with its verdict, in the language asked for."""
    shown = counter.client.get("/?language=sv").text

    assert counter.filing in shown
    assert "Brister (1)" in shown


def test_the_detail_names_the_gap_and_its_page(counter: Counter) -> None:
    """The sentence of the gap, the page's picture and the decision are on the detail page."""
    shown = counter.client.get(f"/filing/{counter.filing}").text
    picture = counter.client.get(f"/filing/{counter.filing}/page/1")

    assert "The signature is missing." in shown
    assert 'value="release"' in shown
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content[:2] == b"\xff\xd8"


def test_an_advisor_releases_with_name_and_reason(counter: Counter) -> None:
    """A decision with a name and a reason lets the filing go, and who decided is kept."""
    status = counter.decide(identity="passport")
    released = [
        event for event in reports.show(counter.ledger, counter.filing)["events"] if event["what"] == "released"
    ]

    assert (status, counter.state()) == (204, "ready")
    assert (released[0]["advisor"], released[0]["identity"]) == ("A", "passport")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"advisor": " "}, 422),
        ({"reason": ""}, 422),
        ({"version": "1"}, 409),
        ({"action": "burn"}, 400),
        ({"identity": "010594Y9032"}, 400),
        ({"advisor": "A" * 81}, 422),
    ],
)
def test_a_decision_that_cannot_be_taken_changes_nothing(counter: Counter, said: dict[str, str], status: int) -> None:
    """G-06 and friends: no name, no reason, an outdated page, an unknown action, a number for a kind of document."""
    assert counter.decide(**said) == status
    assert counter.state() == "waiting"


def test_a_decision_made_on_another_filing_is_refused_in_words(counter: Counter) -> None:
    """K-01: the form names its filing; a post to another one's address changes neither."""
    other = counter.another("Another gap.")

    answer = counter.post(filing=other)

    assert (answer.status_code, counter.decided(), counter.decided(other)) == (409, [], [])
    assert "eri asiaa" in answer.json()["text"]


@pytest.mark.parametrize("action", ["release", "hold"])
def test_what_has_gone_is_told_in_words(counter: Counter, action: str) -> None:
    """A decision on a filing that is with the authority gets a sentence, not a server error."""
    counter.decide()
    counter.go_on((State.ROUTED, Changes(provider="kela")), (State.SEALED, Changes(bundle="b")))
    counter.go_on((State.DELIVERED, Changes()))

    answer = counter.post(action=action)

    assert (answer.status_code, counter.state()) == (422, "delivered")
    assert "lähtenyt" in answer.json()["text"]


def test_a_recipient_that_is_not_there_is_refused(counter: Counter) -> None:
    """A name that no authority has changes nothing; those that there are stand in the answer."""
    answer = counter.post(recipient="vero/nowhere")

    assert (answer.status_code, counter.state()) == (422, "waiting")
    assert "jyvaskyla, turku" in answer.json()["text"]


def test_to_send_a_complete_form_elsewhere_wants_a_reason(counter: Counter) -> None:
    """Whoever overrules the rules says why."""
    assert counter.decide(recipient="vero/turku", reason="") == 422
    assert counter.decide(recipient="vero/turku", reason="on request") == 204


def test_a_hold_carries_its_own_sentence_to_the_page(counter: Counter) -> None:
    """What a rule or a certificate said when it stopped the filing is read on the page, beside the reason."""
    counter.decide()
    work = claim(counter.ledger, WORKED_ON, worker="w", lease_seconds=60)
    assert work is not None
    sentence = Text(fi="Kunta on pyytänyt alkuperäisen.", sv="Kommunen vill ha originalet.", en="The original, please.")
    claimed.hold(counter.ledger, work, reason="no_route", sentence=sentence)

    shown = counter.client.get(f"/filing/{counter.filing}?language=sv").text

    assert "Kommunen vill ha originalet." in shown
    assert "Mottagaren kunde inte avgöras." in shown
    assert 'data-verdict="held"' in shown


def test_a_released_filing_can_be_taken_back(counter: Counter) -> None:
    """Undo: until it is sealed, a released filing is held again without a reason."""
    counter.decide()

    status = counter.decide(action="hold", reason="")

    assert (status, counter.state()) == (200, "held")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "http://testserver"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "https://testserver.evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_G_01_a_post_from_elsewhere_is_refused(counter: Counter, headers: dict[str, str], allowed: bool) -> None:
    """G-01: only our own page may change anything."""
    form = {"filing": counter.filing, "action": "release", "version": counter.version(), "advisor": "A", "reason": "x"}

    status = counter.client.post(f"/filing/{counter.filing}/decision", data=form, headers=headers).status_code

    assert (status == 204) is allowed
    assert counter.state() == ("ready" if allowed else "waiting")


def test_G_05_content_is_shown_never_run(counter: Counter) -> None:
    """G-05: a script in what was read is escaped, and the policy allows no inline script or style."""
    payload = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    filing = waiting_second(counter, counter.blobs, payload)

    shown = counter.client.get(f"/filing/{filing}")

    assert "<script>alert" not in shown.text
    assert "&lt;script&gt;" in shown.text
    assert "'unsafe-inline'" not in shown.headers["content-security-policy"]


def waiting_second(counter: Counter, blobs: Blobs, text: str) -> str:
    """A second waiting filing whose gap says `text`; the first is put aside."""
    counter.decide(action="hold")
    return waiting(counter.ledger, blobs, document(text))


@pytest.mark.parametrize("path", ["/", "/list", "/static/console.css", "/filing/nothing", "/filing/x/page/1"])
def test_G_10_every_answer_carries_the_strict_headers(counter: Counter, path: str) -> None:
    """G-10: nothing is kept by the browser, framed, or loaded from elsewhere."""
    answer = counter.client.get(path)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "evil.example", 400),
        ("/static/../app.py", "testserver", 404),
        ("/static/..%2fapp.py", "testserver", 404),
        ("/filing/..%2f..%2fetc/page/1", "testserver", 404),
        ("/filing/x/page/0", "testserver", 404),
    ],
)
def test_G_08_strange_hosts_and_paths_are_refused(counter: Counter, path: str, host: str, status: int) -> None:
    """G-08: another host's name and paths that climb are refused."""
    assert counter.client.get(path, headers={"host": host}).status_code == status


def test_G_07_a_huge_form_is_refused_and_the_page_goes_on(counter: Counter) -> None:
    """Nobody types so much: it is refused before it is read, and the next request is answered."""
    ours = {"Sec-Fetch-Site": "same-origin"}
    refused = counter.client.post(f"/filing/{counter.filing}/decision", content=b"x" * 200_000, headers=ours)

    assert refused.status_code == 413
    assert counter.client.get("/").status_code == 200


def test_every_word_of_the_page_stands_in_three_languages() -> None:
    """No text exists in one language only, and none is empty."""
    from workers.pages import words

    table = read_toml(words.Path(words.__file__).parent / "texts.toml")

    assert all(set(texts) == {"fi", "sv", "en"} and all(texts.values()) for texts in table.values())


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [("matkakorvaus", "fi", "Matkakorvaus"), ("SV4", "fi", "Matkakorvaus"), ("flytt", "sv", "Flyttanmälan")],
)
def test_a_matter_is_found_before_any_scan(counter: Counter, words: str, language: str, expected: str) -> None:
    """By title or printed code, in the advisor's language, with a blank that can be printed."""
    shown = counter.search(words, language)
    blank = counter.client.get("/blank/" + shown.split('href="/blank/')[1].split('"')[0])

    assert expected in shown
    assert blank.content.startswith(b"%PDF")


def test_the_receipt_tells_nothing_of_the_customer(counter: Counter) -> None:
    """The customer's receipt is a PDF with a code, a form and times."""
    counter.decide()

    answer = counter.client.get(f"/filing/{counter.filing}/receipt")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_P6_one_damaged_row_does_not_take_the_list_away(counter: Counter) -> None:
    """A filing whose sealed part does not open is shown as damaged; the page and the others go on."""
    other = waiting_second(counter, counter.blobs, "Another gap.")
    spoil(counter, counter.filing)

    shown = counter.client.get("/?language=en")
    detail = counter.client.get(f"/filing/{counter.filing}?language=en")

    assert shown.status_code == 200
    assert other in shown.text
    assert "damaged" in detail.text


def spoil(counter: Counter, filing: str) -> None:
    """Change one byte of the filing's sealed part, as a failing disk would."""
    with counter.ledger.write() as connection:
        sealed = connection.execute(select(filings.c.private).where(filings.c.id == filing)).scalar_one()
        bad = sealed[:-1] + bytes([sealed[-1] ^ 0xFF])
        connection.execute(filings.update().where(filings.c.id == filing).values(private=bad))


@pytest.mark.parametrize(("since", "until", "found"), [("0001-01-01", "9999-12-31", True), ("9999-12-31", "", False)])
def test_a_day_at_the_end_of_the_calendar_narrows_the_list_too(
    counter: Counter, since: str, until: str, found: bool
) -> None:
    """Whatever day a date field can send is answered, not failed upon."""
    wanted = {"since": since, "until": until}
    answer = counter.client.post("/list", data=wanted, headers={"sec-fetch-site": "same-origin"})

    assert answer.status_code == 200
    assert (counter.filing in answer.text) is found


def test_what_nobody_believed_is_not_said_to_have_been_read(counter: Counter) -> None:
    """A confirmed candidate counts as confirmed, and the correction says that nothing had been believed."""
    place = FieldPlace(page=1, box_mm=(20, 60, 80, 68))
    doubted = FieldReading(kind="text", state=FieldState.FILLED, candidates=("OULU", "OUIU"), places=(place,))
    judged = document("The town is missing.")
    judged = judged.model_copy(update={"fields": judged.fields | {"postitoimipaikka": doubted}})
    filing = waiting(counter.ledger, counter.blobs, judged)
    version = str(reports.show(counter.ledger, filing)["version"])
    said = {"filing": filing, "version": version, "field": "postitoimipaikka", "value": "OULU", "advisor": "Aino"}

    answer = counter.client.post(f"/filing/{filing}/value", data=said, headers={"sec-fetch-site": "same-origin"})

    event = reports.show(counter.ledger, filing)["events"][-1]
    assert answer.status_code == 200
    assert (event["code"], event["read_as"], event["is"]) == ("confirmed", None, "OULU")


def test_a_slow_list_holds_up_no_filing(counter: Counter) -> None:
    """What pages ask for at one moment is made once, and only who asks for the same waits for it."""
    kept, begun, may_end, lists = Kept(counter.ledger), threading.Event(), threading.Event(), list[str]()

    def make() -> str:
        begun.set()
        may_end.wait(60)
        return "the list"

    pages = [threading.Thread(target=lambda: lists.append(kept.get("list", make))) for _ in range(3)]
    for page in pages:
        page.start()
    assert begun.wait(60)
    assert kept.get(counter.filing, lambda: "the filing") == "the filing"
    begun.clear()
    may_end.set()
    for page in pages:
        page.join()
    assert lists == ["the list"] * 3
    assert not begun.is_set()
