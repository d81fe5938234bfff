"""What every queue does, whichever service is behind it."""

import threading
from datetime import UTC, datetime

import pytest

from intake.base.errors import Stale
from tests.contract.conftest import MOST_DELIVERIES, QueueOn, message
from workers.deliver.ports import Conflict, Queue


def drain(queue: Queue, provider: str = "vero", unit: str | None = None) -> list[str]:
    """Lease and finish all there is; gives the bundles in order."""
    found = []
    while leased := queue.receive(provider, unit):
        found.append(leased.message.bundle)
        queue.ack(leased.token)
    return found


def test_a_message_arrives_as_it_was_sent_and_only_once(queue_on: QueueOn) -> None:
    """Sent, leased, acknowledged, gone."""
    sent = message(1)

    assert queue_on.queue.send(sent) == "sent"
    leased = queue_on.queue.receive("vero")

    assert leased is not None
    assert leased.message == sent
    assert leased.deliveries == 1
    assert queue_on.queue.receive("vero") is None
    queue_on.queue.ack(leased.token)
    assert queue_on.queue.receive("vero") is None
    assert queue_on.queue.stats("vero").depth == 0


def test_sending_twice_delivers_once(queue_on: QueueOn) -> None:
    """E-09: the outbox repeats a send whose answer it did not get."""
    for _ in range(3):
        queue_on.again().send(message(1))

    assert drain(queue_on.queue) == [message(1).bundle]


def test_a_lease_that_ends_gives_the_message_to_the_next(queue_on: QueueOn) -> None:
    """E-10: delivered again with a higher count; the first receiver's token no longer counts."""
    queue_on.queue.send(message(1))
    first = queue_on.queue.receive("vero")
    assert first is not None
    queue_on.expire(first)

    second = queue_on.again().receive("vero")

    assert second is not None
    assert (second.message, second.deliveries) == (first.message, 2)
    assert second.token != first.token


@pytest.mark.parametrize("verb", ["ack", "extend", "fail", "return_"])
def test_an_old_token_can_do_nothing(queue_on: QueueOn, verb: str) -> None:
    """A slow worker's late answer does not end another's work."""
    if queue_on.service == "sqs":
        pytest.skip("moto takes old receipt handles; SQS itself refuses them: see test_sqs.py")
    queue_on.queue.send(message(1))
    first = queue_on.queue.receive("vero")
    assert first is not None
    queue_on.expire(first)
    second = queue_on.queue.receive("vero")
    assert second is not None

    arguments = {"ack": (), "extend": (60,), "fail": ("x", 1), "return_": ("other", "")}[verb]
    with pytest.raises(Stale):
        getattr(queue_on.queue, verb)(first.token, *arguments)
    queue_on.queue.ack(second.token)


@pytest.mark.parametrize("token", ["", "nonsense", '["http://127.0.0.1:1/none","x"]'])
def test_a_made_up_token_is_stale_or_unknown(queue_on: QueueOn, token: str) -> None:
    """Nothing is acknowledged by guessing."""
    if queue_on.service == "sqs" and token.startswith("["):
        pytest.skip("an address of no queue")
    queue_on.queue.send(message(1))

    with pytest.raises(Stale):
        queue_on.queue.ack(token)
    assert drain(queue_on.queue) == [message(1).bundle]


def test_a_token_works_from_another_process(queue_on: QueueOn) -> None:
    """`inbox receive` and `inbox ack` are two runs."""
    queue_on.queue.send(message(1))
    leased = queue_on.queue.receive("vero")
    assert leased is not None

    other = queue_on.again()
    other.extend(leased.token, 600)
    other.ack(leased.token)

    assert drain(queue_on.queue) == []


def test_a_lease_can_be_kept_and_given_back(queue_on: QueueOn) -> None:
    """Extended it stays ours; extended by nothing it is free at once."""
    queue_on.queue.send(message(1))
    leased = queue_on.queue.receive("vero", lease_seconds=30)
    assert leased is not None

    queue_on.queue.extend(leased.token, 600)
    assert queue_on.queue.receive("vero") is None
    queue_on.queue.extend(leased.token, 0)

    assert drain(queue_on.queue) == [message(1).bundle]


def test_a_returned_message_is_finished(queue_on: QueueOn) -> None:
    """The receipt tells the point; the queue is done with it."""
    queue_on.queue.send(message(1))
    leased = queue_on.queue.receive("vero")
    assert leased is not None

    queue_on.queue.return_(leased.token, "wrong_unit", "to Turku")

    assert queue_on.queue.stats("vero").depth == 0
    assert drain(queue_on.queue) == []


def test_providers_and_units_see_only_their_own(queue_on: QueueOn) -> None:
    """One unit, any unit of the provider, and another provider."""
    queue_on.queue.send(message(1, unit="jyvaskyla"))
    queue_on.queue.send(message(2, unit="turku"))
    queue_on.queue.send(message(3, unit=None))
    queue_on.queue.send(message(4, provider="kela", unit=None))

    assert drain(queue_on.queue, unit="turku") == [message(2).bundle]
    assert sorted(drain(queue_on.queue)) == [message(1).bundle, message(3).bundle]
    assert drain(queue_on.queue, "kela") == [message(4).bundle]


def test_a_message_moves_to_another_unit_with_what_it_says_now(queue_on: QueueOn) -> None:
    """The unit that had it sees it no more, the other gets it as changed; an old token moves nothing."""
    queue_on.queue.send(message(1, unit="jyvaskyla"))
    queue_on.queue.send(message(2, unit="turku"))  # so that SQS has that queue
    drain(queue_on.queue, unit="turku")
    leased = queue_on.queue.receive("vero", "jyvaskyla")
    assert leased is not None
    moved = leased.message.model_copy(update={"unit": "turku", "forward": "bm90ZQ=="})

    queue_on.queue.move(leased.token, moved)

    there = queue_on.queue.receive("vero", "turku")
    assert there is not None
    assert there.message == moved
    assert drain(queue_on.queue, unit="jyvaskyla") == []
    if queue_on.service != "sqs":  # moto takes old receipt handles
        with pytest.raises(Stale):
            queue_on.queue.move(leased.token, moved)


def test_a_poison_message_dies_and_lets_the_others_through(queue_on: QueueOn) -> None:
    """E-12: after its last delivery it is a dead letter, seen in stats, and the next message comes."""
    queue_on.queue.send(message(1))
    for _ in range(MOST_DELIVERIES):
        leased = queue_on.queue.receive("vero")
        assert leased is not None
        queue_on.queue.fail(leased.token, "untrusted", 0)
    queue_on.queue.send(message(2))

    assert drain(queue_on.queue) == [message(2).bundle]
    stats = queue_on.queue.stats("vero")
    assert (stats.depth, stats.dead) == (0, 1)
    assert [letter.message.bundle for letter in queue_on.queue.dead_letters("vero")] == [message(1).bundle]


def test_a_dead_letter_can_be_given_another_life(queue_on: QueueOn) -> None:
    """After a person found the cause: it comes again, with its deliveries counted anew."""
    queue_on.queue.send(message(1))
    for _ in range(MOST_DELIVERIES):
        leased = queue_on.queue.receive("vero")
        assert leased is not None
        queue_on.queue.fail(leased.token, "untrusted", 0)
    assert queue_on.queue.receive("vero") is None

    assert queue_on.queue.redrive("vero") == 1
    leased = queue_on.queue.receive("vero")

    assert leased is not None
    assert (leased.message.bundle, leased.deliveries) == (message(1).bundle, 1)
    queue_on.queue.ack(leased.token)
    stats = queue_on.queue.stats("vero")
    assert (stats.depth, stats.dead) == (0, 0)


def test_dead_letters_are_told_and_redriven_by_unit_and_by_bundle(queue_on: QueueOn) -> None:
    """More than SQS gives at once; one by its id, those of one unit, then the rest."""
    for number in range(12):
        queue_on.queue.send(message(number, unit="turku" if number < 2 else "jyvaskyla"))
    while leased := queue_on.queue.receive("vero"):
        queue_on.queue.fail(leased.token, "malformed", 0)

    assert len(queue_on.queue.dead_letters("vero")) == 12
    assert len(queue_on.queue.dead_letters("vero", "turku")) == 2
    assert queue_on.queue.redrive("vero", None, message(5).bundle) == 1
    assert queue_on.queue.redrive("vero", None, message(5).bundle) == 0
    assert queue_on.queue.redrive("vero", "turku") == 2
    assert queue_on.queue.stats("vero").waiting == 3
    assert queue_on.queue.redrive("vero") == 9
    assert sorted(drain(queue_on.queue)) == [message(number).bundle for number in range(12)]


def test_the_services_clock_is_told_where_it_has_one(queue_on: QueueOn) -> None:
    """SQLite has none."""
    there = queue_on.queue.now()

    assert (there is None) == (queue_on.service == "sqlite")
    assert there is None or abs((datetime.now(UTC) - there).total_seconds()) < 60


def test_what_is_not_the_messages_fault_does_not_count_against_it(queue_on: QueueOn) -> None:
    """The office's store is away for a day: no message dies of it."""
    if queue_on.service == "sqs":
        pytest.skip("SQS counts every delivery; its queues are given a high limit, see ADAPTERS.md")
    queue_on.queue.send(message(1))

    for _ in range(MOST_DELIVERIES * 3):
        leased = queue_on.queue.receive("vero")
        assert leased is not None
        queue_on.queue.fail(leased.token, "away", 0, blame=False)

    assert queue_on.queue.stats("vero").dead == 0


def test_a_failed_message_rests_before_it_comes_again(queue_on: QueueOn) -> None:
    """It does not spin."""
    queue_on.queue.send(message(1))
    leased = queue_on.queue.receive("vero")
    assert leased is not None

    queue_on.queue.fail(leased.token, "away", 60)

    assert queue_on.queue.receive("vero") is None
    assert queue_on.queue.stats("vero").depth == 1


def test_stats_count_what_waits_and_what_is_leased(queue_on: QueueOn) -> None:
    """Two waiting, one leased; the age is told where the service knows it."""
    for number in range(3):
        queue_on.queue.send(message(number))
    assert queue_on.queue.receive("vero") is not None

    stats = queue_on.queue.stats("vero")

    assert (stats.waiting, stats.leased, stats.dead, stats.depth) == (2, 1, 0, 3)
    assert (stats.oldest is None) == (queue_on.service == "sqs")
    assert queue_on.queue.stats("kela").depth == 0


def test_many_receivers_at_once_never_get_the_same_message(queue_on: QueueOn) -> None:
    """Four receivers, twenty messages, each delivered once."""
    for number in range(20):
        queue_on.queue.send(message(number))
    found: list[str] = []

    def work(queue: Queue) -> None:
        while leased := queue.receive("vero"):
            found.append(leased.message.bundle)
            queue.ack(leased.token)

    threads = [threading.Thread(target=work, args=(queue_on.again(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [message(number).bundle for number in range(20)]


def test_urgent_comes_first_then_the_oldest(queue_on: QueueOn) -> None:
    """SQS keeps no priorities; the tables do."""
    for number, priority in ((1, "normal"), (2, "normal"), (3, "urgent")):
        queue_on.queue.send(message(number, priority=priority))

    found = drain(queue_on.queue)

    order = (1, 2, 3) if queue_on.service == "sqs" else (3, 1, 2)
    assert found == [message(number).bundle for number in order]


def test_tables_know_a_bundle_for_ever_and_with_its_bytes(queue_on: QueueOn) -> None:
    """E-10: a send repeated a week after the acknowledgement delivers nothing; other bytes are a conflict."""
    if queue_on.service == "sqs":
        pytest.skip("SQS forgets after five minutes; the back office's client drops the repeat")
    queue_on.queue.send(message(1))
    drain(queue_on.queue)

    assert queue_on.queue.send(message(1)) == "already"
    assert drain(queue_on.queue) == []
    with pytest.raises(Conflict):
        queue_on.queue.send(message(1, sha256="f" * 64))


def test_looking_takes_nothing(queue_on: QueueOn) -> None:
    """`inbox list` shows what waits, next first; SQS cannot show it."""
    queue_on.queue.send(message(1))
    queue_on.queue.send(message(2, priority="urgent"))

    shown = [one.bundle for one in queue_on.queue.peek("vero")]

    assert shown == ([] if queue_on.service == "sqs" else [message(2).bundle, message(1).bundle])
    assert queue_on.queue.stats("vero").waiting == 2
