"""People's decisions: G-06, joins, destruction, views."""

import itertools
import os
from typing import Any

import pytest

from intake.base.errors import NotFound, Stale, WrongUse
from intake.base.filing import Kind
from intake.base.states import State
from tests.ledger.conftest import Desk
from workers.ledger import Changes, Person, Recipient, claimed, joins, looks, people, reports, retention, verify
from workers.ledger.claim import claim
from workers.ledger.people import SENT_BY_POST
from workers.ledger.recent import Wanted, last_release, recent

MAIJA = Person(advisor="Maija", reason="kiire", identity="passi")


def version_of(desk: Desk, filing: str) -> int:
    """The version a person sees."""
    version = reports.show(desk.ledger, filing)["version"]
    assert isinstance(version, int)
    return version


def test_g_06_the_second_of_two_advisors_is_told_who_was_first(desk: Desk) -> None:
    """Two people release the same filing: the second changes nothing and learns who changed it and when."""
    filing = desk.walk(State.WAITING)
    seen = version_of(desk, filing)
    people.release(desk.ledger, filing, Person(advisor="Maija", version=seen))

    with pytest.raises(Stale) as raised:
        people.hold(desk.ledger, filing, Person(advisor="Pekka", version=seen))

    assert "Maija" in raised.value.text.fi
    assert "Maija" not in raised.value.message
    assert desk.state(filing) is State.READY


def test_a_release_keeps_who_why_and_how_sealed(desk: Desk) -> None:
    """The advisor's name and reason stand in the history, and in no readable byte of the database."""
    filing = desk.walk(State.WAITING)
    people.release(desk.ledger, filing, MAIJA)

    assert (
        reports.show(desk.ledger, filing)["events"][-1] | MAIJA.private()
        == reports.show(desk.ledger, filing)["events"][-1]
    )


def test_a_release_may_name_the_recipient(desk: Desk) -> None:
    """For a paper that is none of our forms the advisor chooses where it goes."""
    filing = desk.walk(State.WAITING)
    people.release(desk.ledger, filing, MAIJA, recipient=Recipient("vero", "turku"))

    work = desk.claim(State.READY)
    assert (work.provider, work.unit) == ("vero", "turku")


@pytest.mark.parametrize("state", [State.OPENED, State.READY, State.DELIVERED, State.CONFIRMED])
def test_what_does_not_wait_cannot_be_released(desk: Desk, state: State) -> None:
    """A release needs a filing that waits for a person."""
    filing = desk.walk(state)

    with pytest.raises(WrongUse):
        people.release(desk.ledger, filing, MAIJA)
    with pytest.raises(NotFound):
        people.release(desk.ledger, "nothing", MAIJA)


@pytest.mark.parametrize("state", [State.OPENED, State.WAITING, State.ROUTED])
def test_a_person_stops_a_filing_under_a_workers_hands(desk: Desk, state: State) -> None:
    """What has not been sealed can be held; the worker that has it in hand can no longer write."""
    filing = desk.walk(state)
    work = desk.claim(state) if state is not State.WAITING else None

    people.hold(desk.ledger, filing, Person(advisor="Maija", reason="odottaa liitettä"))

    assert desk.state(filing) is State.HELD
    if work is not None:
        with pytest.raises(Stale):
            claimed.hold(desk.ledger, work, reason="other")


def test_what_has_gone_cannot_be_held(desk: Desk) -> None:
    """What is with the provider, or this moment on its way there, cannot be stopped."""
    delivered = desk.walk(State.DELIVERED)
    leaving = desk.walk(State.SEALED)
    desk.claim(State.SEALED)

    for filing in (delivered, leaving):
        with pytest.raises(WrongUse) as raised:
            people.hold(desk.ledger, filing, MAIJA)
        assert raised.value.code == "already_gone"


def test_a_paper_that_went_by_post_is_not_delivered_as_well(desk: Desk) -> None:
    """While the link is down a sealed filing can be sent by post; it goes on only if a person asks for it."""
    filing = desk.walk(State.SEALED)
    claimed.postpone(desk.ledger, desk.claim(State.SEALED), seconds=300, code="away")

    people.hold(desk.ledger, filing, MAIJA, code=SENT_BY_POST)
    desk.clock.pass_(1000)

    assert claim(desk.ledger, [State.SEALED], worker="w", lease_seconds=60) is None
    assert people.release(desk.ledger, filing, MAIJA) is State.SEALED


@pytest.mark.parametrize("state", [State.OPENED, State.READ, State.READY, State.ROUTED, State.SEALED, State.DELIVERED])
def test_a_filing_held_on_its_way_goes_on_where_it_stopped(desk: Desk, state: State) -> None:
    """Releasing a filing that a worker held resumes the very stage, with fresh tries."""
    filing = desk.walk(state)
    claimed.hold(desk.ledger, desk.claim(state), reason="unsealable")

    assert people.release(desk.ledger, filing, MAIJA) is state
    assert desk.claim(state).attempt == 0


def test_a_returned_filing_goes_again_under_a_new_name(desk: Desk) -> None:
    """What a provider sent back can be released again and then counts as sealed once more."""
    filing = desk.walk(State.RETURNED, {State.SEALED: Changes(bundle="b1")})
    people.release(desk.ledger, filing, MAIJA)

    assert desk.claim(State.READY).sealing == 2


SEALED = {State.SEALED: Changes(bundle="b1")}


def held_sealed(desk: Desk, filing: str | None = None) -> str:
    """A filing whose sealed bundle the store did not take, so that it is held."""
    filing = filing or desk.walk(State.SEALED, SEALED)
    claimed.hold(desk.ledger, desk.claim(State.SEALED), reason="other")
    return filing


@pytest.mark.parametrize("said", [{"message": "Katso sivu 2."}, {"contact": "040 123"}])
def test_what_is_said_to_the_authority_after_sealing_is_sealed_anew(desk: Desk, said: dict[str, str]) -> None:
    """A held bundle that cannot have the message goes back to be sealed again, under a name of its own."""
    filing = held_sealed(desk)

    assert people.release(desk.ledger, filing, Person(advisor="Maija", **said)) is State.READY
    assert desk.claim(State.READY).sealing == 2


def test_what_was_corrected_after_sealing_is_sealed_anew_with_what_was_said_before(desk: Desk) -> None:
    """The correction is in the next bundle, and the earlier message, contact and identity check are not lost."""
    filing = desk.walk(State.WAITING)
    first = Person(advisor="Maija", message="Katso sivu 2.", contact="040 123", identity="passport")
    people.release(desk.ledger, filing, first)
    desk.go_on(filing, State.SEALED, SEALED)
    held_sealed(desk, filing)
    people.correct(desk.ledger, filing, Person(advisor="Aino"), Changes(), {"code": "corrected", "field": "nimi"})

    released = people.release(desk.ledger, filing, Person(advisor="Aino", identity="none"))

    said = last_release(desk.ledger, filing)
    assert released is State.READY
    assert said is not None
    assert (said.advisor, said.message, said.contact, said.identity) == ("Aino", "Katso sivu 2.", "040 123", "passport")
    assert desk.claim(State.READY).sealing == 2


def test_what_was_corrected_before_sealing_stays_sealed(desk: Desk) -> None:
    """The bundle has the correction already: it goes on as it is."""
    filing = desk.walk(State.WAITING)
    people.correct(desk.ledger, filing, MAIJA, Changes(), {"code": "corrected", "field": "nimi"})
    people.release(desk.ledger, filing, MAIJA)
    desk.go_on(filing, State.SEALED, SEALED)
    held_sealed(desk, filing)

    assert people.release(desk.ledger, filing, MAIJA) is State.SEALED


def test_what_has_gone_takes_no_correction_and_no_message(desk: Desk) -> None:
    """Held while its receipt is awaited, a delivered filing says so instead of losing what is typed."""
    filing = desk.walk(State.DELIVERED)
    claimed.hold(desk.ledger, desk.claim(State.DELIVERED), reason="other")

    with pytest.raises(WrongUse) as corrected:
        people.correct(desk.ledger, filing, MAIJA, Changes(), {"code": "corrected", "field": "nimi"})
    with pytest.raises(WrongUse) as said:
        people.release(desk.ledger, filing, Person(advisor="Maija", message="Katso sivu 2."))

    assert (corrected.value.code, said.value.code) == ("already_gone", "already_gone")
    assert people.release(desk.ledger, filing, MAIJA) is State.DELIVERED


@pytest.mark.parametrize("by_way_of", ["hold", "join"])
def test_what_was_returned_and_set_aside_goes_under_a_new_name(desk: Desk, by_way_of: str) -> None:
    """Other bytes never go under the name of the bundle that the authority has, however the paper came back."""
    filing = desk.walk(State.RETURNED, SEALED)
    if by_way_of == "hold":
        people.hold(desk.ledger, filing, MAIJA, code=SENT_BY_POST)
    else:
        joins.join(desk.ledger, filing, desk.walk(State.WAITING), MAIJA)
        joins.part(desk.ledger, filing, MAIJA)

    assert people.release(desk.ledger, filing, MAIJA) is State.READY
    assert desk.claim(State.READY).sealing == 2


def test_own_filings_are_those_that_one_decided(desk: Desk) -> None:
    """To have opened a filing, or noted why it came on paper, makes no decision of a colleague's one's own."""
    opened, decided, arranged = desk.walk(State.WAITING), desk.walk(State.WAITING), desk.walk(State.HELD)
    looks.note(desk.ledger, opened, Person(advisor="Maija"))
    people.note_why(desk.ledger, opened, Person(advisor="Maija"), "no_device")
    people.hold(desk.ledger, opened, Person(advisor="Pekka", reason="odottaa"))
    people.hold(desk.ledger, decided, MAIJA)

    joins.arrange(desk.ledger, arranged, MAIJA, {})

    mine = recent(desk.ledger, 10, Wanted(advisor="Maija"))

    assert [one.row["id"] for one in mine.open] == [decided]
    assert [one.row["id"] for one in mine.others] == [arranged]


def test_b_13_a_person_joins_a_rescan_and_may_part_it_again(desk: Desk) -> None:
    """Both papers are kept, one goes on; a mistake can be undone."""
    first, second = desk.walk(State.WAITING), desk.walk(State.WAITING)

    joins.join(desk.ledger, second, first, MAIJA)
    assert (desk.state(second), reports.show(desk.ledger, second)["joined_to"]) == (State.JOINED, first)
    with pytest.raises(WrongUse):
        joins.join(desk.ledger, first, second, MAIJA)
    with pytest.raises(WrongUse):
        joins.join(desk.ledger, first, first, MAIJA)

    joins.part(desk.ledger, second, MAIJA)
    assert (desk.state(second), reports.show(desk.ledger, second)["joined_to"]) == (State.WAITING, None)


UNKNOWN = {State.RECOGNISED: Changes(kind=Kind.UNKNOWN)}
FORM = {State.RECOGNISED: Changes(kind=Kind.FORM, provider="kela", form="kela-sv4")}


def placed(desk: Desk, filing: str) -> list[tuple[str, int]]:
    """The filing's pages in order, each by the name of its scan."""
    pages: Any = reports.show(desk.ledger, filing)["pages"]
    return [(page["scan"], page["page"]) for page in pages]


def test_an_attachment_goes_with_the_form_and_comes_back(desk: Desk) -> None:
    """The pages follow the form's own, the form is judged again over all its files, and parting undoes just that."""
    form, *papers = (desk.walk(State.WAITING, kind) for kind in (FORM, UNKNOWN, UNKNOWN))
    own, first, second = (placed(desk, one) for one in (form, *papers))

    joins.attach(desk.ledger, papers[0], form, MAIJA)
    joins.attach(desk.ledger, papers[1], form, MAIJA)
    work = desk.claim(State.RECOGNISED)

    assert placed(desk, form) == [*own, *first, *second]
    assert (work.filing, work.pages) == (form, (1, 2, 3, 4, 5, 6))
    assert work.scans == (own[0][0], first[0][0], second[0][0])
    assert [desk.state(one) for one in papers] == [State.JOINED, State.JOINED]
    assert verify.verify(desk.ledger, desk.blobs) == []
    claimed.put_back(desk.ledger, work)
    for start, end in itertools.pairwise((State.RECOGNISED, State.READ, State.CHECKED, State.WAITING)):
        claimed.advance(desk.ledger, desk.claim(start), end)

    joins.part(desk.ledger, papers[0], MAIJA)
    work = desk.claim(State.RECOGNISED)

    assert (placed(desk, papers[0]), placed(desk, form)) == (first, [*own, *second])
    assert (work.pages, work.scans) == ((1, 2, 3, 4), (own[0][0], second[0][0]))
    assert desk.state(papers[0]) is State.WAITING
    assert verify.verify(desk.ledger, desk.blobs) == []


def test_pages_come_only_to_what_is_still_here(desk: Desk) -> None:
    """What has been sealed, or has not been judged yet, takes no pages; a form is no attachment of an unknown paper."""
    paper, form = desk.walk(State.WAITING, UNKNOWN), desk.walk(State.WAITING, FORM)
    gone, unread = desk.walk(State.DELIVERED, FORM), desk.walk(State.OPENED)

    for filing, into in ((paper, gone), (paper, unread), (form, paper), (paper, paper)):
        with pytest.raises(WrongUse):
            joins.attach(desk.ledger, filing, into, MAIJA)
    with pytest.raises(WrongUse):
        joins.part(desk.ledger, paper, MAIJA)

    assert verify.verify(desk.ledger, desk.blobs) == []


def test_what_was_returned_goes_under_a_new_name_with_its_attachment(desk: Desk) -> None:
    """An authority asked for a paper: added to what it returned, it is judged again and sealed once more."""
    form = desk.walk(State.RETURNED, {**FORM, State.SEALED: Changes(bundle="b1")})
    paper = desk.walk(State.WAITING, UNKNOWN)

    joins.attach(desk.ledger, paper, form, MAIJA)

    assert desk.claim(State.RECOGNISED).sealing == 2


@pytest.mark.parametrize("state", [State.OPENED, State.READ, State.WAITING, State.READY, State.ROUTED, State.RETURNED])
def test_what_has_not_been_sealed_can_be_destroyed_with_all_that_was_joined(desk: Desk, state: State) -> None:
    """A named person ends a paper in any state before sealed; no worker goes on with it, no content is left."""
    paper, filing = desk.walk(State.WAITING, UNKNOWN), desk.walk(state)
    work = None if state in {State.WAITING, State.RETURNED} else desk.claim(state)
    joins.join(desk.ledger, paper, filing, MAIJA)

    retention.destroy(desk.ledger, filing, desk.blobs, MAIJA)

    assert [desk.state(one) for one in (filing, paper)] == [State.PURGED, State.PURGED]
    assert reports.show(desk.ledger, filing)["events"][-1]["reason"] == "kiire"
    assert verify.verify(desk.ledger, desk.blobs) == []
    if work is not None:
        with pytest.raises(Stale):
            claimed.hold(desk.ledger, work, reason="other")


def test_pages_that_were_added_go_only_with_the_last_that_has_them(desk: Desk) -> None:
    """The attachment's bytes stay while the form that has its pages is there, and go with it."""
    form, paper = desk.walk(State.WAITING, FORM), desk.walk(State.WAITING, UNKNOWN)
    scan = placed(desk, paper)[0][0]
    joins.attach(desk.ledger, paper, form, MAIJA)
    for name in desk.blobs.names():
        os.utime(desk.blobs.folder / name[:2] / name, (0, 0))

    assert desk.blobs.has(scan)
    retention.destroy(desk.ledger, form, desk.blobs, MAIJA)

    assert not desk.blobs.has(scan)
