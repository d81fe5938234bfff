"""Sign-in, sessions and passwords through the page's own routes (G-02, G-04)."""

import pytest

from tests.access.conftest import OURS, PASSWORD, Staffed, sign_in
from workers.access import passwords
from workers.access.people import remove, set_password, set_roles
from workers.access.sessions import IDLE, LONGEST
from workers.access.store import sessions
from workers.access.table import Role
from workers.access.tries import FREE, FREE_OF_AN_ADDRESS, LONGEST_SECONDS
from workers.ledger.looks import looks
from workers.ledger.reports import show

WANTS_PAGE = {"accept": "text/html", "sec-fetch-mode": "navigate"}


def test_the_page_that_was_asked_for_comes_after_sign_in(staffed: Staffed) -> None:
    """Whoever opens a page is asked to sign in, and goes on to that page."""
    staffed.person("aino", Role.ADVISOR)
    browser = staffed.browser()

    asked = browser.get("/matter/asumistuki/fi", headers=WANTS_PAGE)
    done = sign_in(browser, "aino", next="/matter/asumistuki/fi")

    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Fmatter%2Fasumistuki%2Ffi")
    assert (done.status_code, done.headers["location"]) == (303, "/matter/asumistuki/fi")
    assert browser.get("/matter/asumistuki/fi").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil",
     "/\t/evil.example", "/%0d%0aSet-Cookie:x\r\n", "http:/evil", "//[", ""],
)  # fmt: skip
def test_G_08_sign_in_leads_to_no_other_site(staffed: Staffed, wanted: str) -> None:
    """Whatever the address says, one ends within this site."""
    staffed.person("aino", Role.ADVISOR)

    done = sign_in(staffed.browser(), "aino", next=wanted)

    assert (done.status_code, done.headers["location"]) == (303, "/")


def test_a_decision_is_by_who_is_signed_in(staffed: Staffed) -> None:
    """The name that the ledger keeps is the person's, whatever name was typed or sent."""
    staffed.person("aino", Role.ADVISOR)
    browser = staffed.signed_in("aino")
    version = str(show(staffed.ledger, staffed.filing)["version"])
    form = {"filing": staffed.filing, "version": version, "action": "release", "advisor": "Somebody", "reason": "x"}

    page = browser.get(f"/filing/{staffed.filing}").text
    done = browser.post(f"/filing/{staffed.filing}/decision", data=form, headers=OURS)

    released = [one for one in show(staffed.ledger, staffed.filing)["events"] if one["what"] == "released"]
    assert (done.status_code, released[0]["advisor"]) == (204, "Aino")
    assert 'name="advisor"' not in page


def replayed(staffed: Staffed, cookies: dict[str, str]) -> int:
    """What the page says to a copied session."""
    browser = staffed.browser()
    browser.cookies.update(cookies)
    return int(browser.get("/list").status_code)


@pytest.mark.parametrize("event", ["sign_out", "password", "removed", "idle", "long"])
def test_G_02_a_copied_session_is_worth_nothing_afterwards(staffed: Staffed, event: str) -> None:
    """A session ends with sign-out, a new password, removal, rest, and a day's work; not before."""
    staffed.person("aino", Role.ADVISOR)
    browser = staffed.signed_in("aino")
    copied = dict(browser.cookies)
    assert replayed(staffed, copied) == 200

    if event == "sign_out":
        assert browser.post("/sign-out", headers=OURS).headers["location"] == "/sign-in"
    elif event == "password":
        set_password(staffed.access, "aino", "uusi pitkä salasana")
    elif event == "removed":
        remove(staffed.access, "aino")
    elif event == "idle":
        staffed.clock.pass_(IDLE.total_seconds() + 1)
    else:
        for _ in range(int(LONGEST / IDLE * 2)):
            staffed.clock.pass_(IDLE.total_seconds() / 2)
            browser.get("/matters")
        staffed.clock.pass_(1)

    assert replayed(staffed, copied) == 401


def test_G_02_work_keeps_one_signed_in_and_an_open_page_alone_does_not(staffed: Staffed) -> None:
    """What the page asks by itself does not count as being there."""
    staffed.person("aino", Role.ADVISOR)
    browser = staffed.signed_in("aino")
    for _ in range(3):
        staffed.clock.pass_(IDLE.total_seconds() * 0.6)
        assert browser.get(f"/filing/{staffed.filing}").status_code == 200

    staffed.clock.pass_(IDLE.total_seconds() * 0.6)
    by_itself = browser.get("/list").status_code
    staffed.clock.pass_(IDLE.total_seconds() * 0.6)

    assert (by_itself, browser.get("/list").status_code) == (200, 401)


def test_G_02_what_the_page_shows_by_itself_keeps_nobody_in_and_is_noted_as_such(staffed: Staffed) -> None:
    """An unattended screen is signed out after its rest; the log tells what it showed from what the person opened."""
    staffed.person("aino", Role.ADVISOR)
    staffed.person("ville", Role.AUDITOR)
    browser, filing = staffed.signed_in("aino"), f"/filing/{staffed.filing}"
    staffed.clock.pass_(IDLE.total_seconds() * 0.6)
    shown = browser.get(filing, headers={"x-by-itself": "1"}).status_code
    picture = browser.get(f"{filing}/page/1").status_code
    by_itself = looks(staffed.ledger, 10)
    staffed.clock.pass_(IDLE.total_seconds() * 0.6)

    gone = browser.get(filing).status_code
    back = staffed.signed_in("aino").get(filing).status_code

    assert (shown, picture, gone, back) == (200, 200, 401, 200)
    assert [(look.who, look.by_itself) for look in by_itself] == [("Aino", True)]
    assert [(look.who, look.by_itself) for look in looks(staffed.ledger, 10)] == [("Aino", False), ("Aino", True)]
    assert staffed.signed_in("ville").get("/views?language=en").text.count("Aino (shown by the page itself)") == 1


def test_G_02_a_planted_session_is_replaced_at_sign_in_and_only_a_hash_is_kept(staffed: Staffed) -> None:
    """Fixation: the mark that a browser brings along never becomes a session; the store does not hold marks."""
    staffed.person("aino", Role.ADVISOR)
    browser = staffed.browser()
    browser.cookies.set("vireille-session", "planted")

    done = sign_in(browser, "aino")

    cookie = next(one for one in done.headers.get_list("set-cookie") if one.startswith("vireille-session="))
    mark = cookie.split("=", 1)[1].split(";")[0]
    with staffed.access.read() as connection:
        kept = [row["token_sha256"] for row in connection.execute(sessions.select()).mappings()]
    assert replayed(staffed, {"vireille-session": "planted"}) == 401
    assert len(kept) == 1 and mark not in kept[0] and len(mark) > 40
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_a_role_taken_away_counts_at_once(staffed: Staffed) -> None:
    """The next request of a signed-in person has the new roles."""
    staffed.person("aino", Role.ADVISOR)
    browser = staffed.signed_in("aino")

    set_roles(staffed.access, "aino", [Role.AUDITOR])

    assert (browser.get("/list").status_code, browser.get("/views").status_code) == (403, 200)
    assert browser.get("/").headers["location"] == "/views"


def test_one_changes_ones_own_password(staffed: Staffed) -> None:
    """The present password is asked for; other browsers are signed out, this one stays."""
    staffed.person("aino", Role.ADVISOR)
    browser, other = staffed.signed_in("aino"), staffed.signed_in("aino")
    form = {"password": PASSWORD, "fresh": "uusi pitkä salasana", "again": "uusi pitkä salasana"}

    wrong = browser.post("/password", data={**form, "password": "väärä väärä väärä"}, headers=OURS)
    short = browser.post("/password", data={**form, "fresh": "lyhyt", "again": "lyhyt"}, headers=OURS)
    done = browser.post("/password", data=form, headers=OURS)

    assert (wrong.status_code, short.status_code, done.status_code) == (422, 422, 303)
    assert "vähintään 12" in short.text
    assert (browser.get("/list").status_code, other.get("/list").status_code) == (200, 401)
    assert sign_in(staffed.browser(), "aino").status_code == 422
    assert sign_in(staffed.browser(), "aino", "uusi pitkä salasana").status_code == 303


def test_G_04_a_new_password_keeps_its_browser_in_while_a_stranger_guesses(staffed: Staffed) -> None:
    """The change ends every session but this one and goes on knowing this browser, whoever tries the name meanwhile."""
    staffed.person("aino", Role.ADVISOR)
    browser, stranger = staffed.signed_in("aino"), staffed.browser()
    while sign_in(stranger, "aino", "a guess").status_code != 429:
        pass
    form = {"password": PASSWORD, "fresh": "uusi pitkä salasana", "again": "uusi pitkä salasana"}

    done = browser.post("/password", data=form, headers=OURS)

    assert (done.status_code, browser.get("/list").status_code) == (303, 200)
    assert sign_in(browser, "aino", "uusi pitkä salasana").status_code == 303


class Weighed:
    """Argon2id, which notes what each comparison costs."""

    real, costs = passwords.Argon2id, list[list[str]]()

    @classmethod
    def verify_phc_encoded(cls, password: bytes, kept: str) -> None:
        """Compare as the real one does; its time depends on these parameters alone."""
        cls.costs.append(kept.split("$")[1:4])
        cls.real.verify_phc_encoded(password, kept)


def test_G_04_wrong_and_unknown_names_get_one_answer_for_one_work(
    staffed: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody learns from words or time who may sign in; a removed person is unknown too."""
    staffed.person("aino", Role.ADVISOR)
    staffed.person("gone", Role.ADVISOR)
    remove(staffed.access, "gone")
    sign_in(staffed.browser(), "warm", "up")
    monkeypatch.setattr(passwords, "Argon2id", Weighed)
    answers = set()
    for name in ("aino", "nobody", "gone"):
        answer = sign_in(staffed.browser(), name, "not the password")
        answers.add((answer.status_code, answer.text.replace(name, "NAME")))

    assert len(answers) == 1
    assert Weighed.costs == [["argon2id", "v=19", "m=19456,t=2,p=1"]] * 3


def test_G_04_guessing_is_slowed_down_and_never_locks_the_person_out(staffed: Staffed) -> None:
    """A stranger's guesses make the name wait; the person's own browser goes in at once, all the while."""
    staffed.person("aino", Role.ADVISOR)
    known = staffed.signed_in("aino")
    stranger = staffed.browser()
    for _ in range(FREE + 20):
        last = sign_in(stranger, "aino", "a guess")

    right = sign_in(stranger, "aino")
    own = sign_in(known, "aino")

    assert (last.status_code, right.status_code, own.status_code) == (429, 429, 303)
    assert 0 < int(right.headers["retry-after"]) <= LONGEST_SECONDS
    staffed.clock.pass_(LONGEST_SECONDS)
    assert sign_in(stranger, "aino").status_code == 303


def test_G_04_hammering_does_not_lengthen_the_wait(staffed: Staffed) -> None:
    """A try that comes too soon changes nothing, so nobody is kept out for ever."""
    staffed.person("aino", Role.ADVISOR)
    stranger = staffed.browser()
    while sign_in(stranger, "aino", "a guess").status_code != 429:
        pass
    waits = {sign_in(stranger, "aino", "a guess").headers["retry-after"] for _ in range(10)}

    assert waits == {"1"}


def test_G_04_an_address_that_tries_many_names_waits(staffed: Staffed) -> None:
    """One password tried on every name is slowed down by where it comes from."""
    staffed.person("aino", Role.ADVISOR)
    stranger = staffed.browser()
    found = [sign_in(stranger, f"name{n}", "kesä2026kesä").status_code for n in range(FREE_OF_AN_ADDRESS + 1)]

    assert found == [422] * FREE_OF_AN_ADDRESS + [429]
    assert sign_in(stranger, "aino").status_code == 429


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/password", "/filing/x/decision"])
def test_G_01_every_changing_request_from_elsewhere_is_refused(staffed: Staffed, path: str) -> None:
    """Signing in and out too: nobody is signed in as somebody else by another site."""
    staffed.person("aino", Role.ADVISOR)
    browser = staffed.signed_in("aino")

    assert browser.post(path, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert browser.get("/list").status_code == 200


def test_a_page_says_when_nobody_may_sign_in_yet(staffed: Staffed) -> None:
    """The first advisor of a new point reads what is to be done."""
    assert "vireille people add" in staffed.browser().get("/sign-in?language=en").text
