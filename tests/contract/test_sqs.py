"""What SQS itself does and moto does not: old receipt handles, long leases, odd messages. Against scripted answers."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from intake.base.errors import Away, Denied, Stale
from tests.contract import servers
from tests.contract.conftest import message
from workers.deliver.sqs import SqsQueue

URL = "http://127.0.0.1/queue/vireille__vero__jyvaskyla.fifo"
TOKEN = json.dumps([URL, "handle"])


@pytest.fixture
def scripted() -> tuple[SqsQueue, Stubber]:
    """A queue whose service answers as the test says."""
    client: Any = boto3.client("sqs", endpoint_url="http://127.0.0.1:1", **servers.KEYS)
    stubber = Stubber(client)
    stubber.activate()
    return SqsQueue("vireille", client=client), stubber


@pytest.mark.parametrize(
    "code", ["ReceiptHandleIsInvalid", "AWS.SimpleQueueService.MessageNotInflight", "InvalidParameterValue"]
)
def test_an_acknowledgement_with_an_old_handle_is_stale_and_deletes_nothing(
    scripted: tuple[SqsQueue, Stubber], code: str
) -> None:
    """SQS says yes to deleting with an old handle and does nothing: so the lease is touched first, which tells."""
    queue, stubber = scripted
    stubber.add_client_error("change_message_visibility", code, http_status_code=400)

    with pytest.raises(Stale):
        queue.ack(TOKEN)
    stubber.assert_no_pending_responses()


def test_an_acknowledgement_touches_the_lease_and_deletes(scripted: tuple[SqsQueue, Stubber]) -> None:
    """In this order."""
    queue, stubber = scripted
    stubber.add_response(
        "change_message_visibility", {}, {"QueueUrl": URL, "ReceiptHandle": "handle", "VisibilityTimeout": ANY}
    )
    stubber.add_response("delete_message", {}, {"QueueUrl": URL, "ReceiptHandle": "handle"})

    queue.ack(TOKEN)

    stubber.assert_no_pending_responses()


def test_a_lease_is_never_asked_for_longer_than_sqs_allows(scripted: tuple[SqsQueue, Stubber]) -> None:
    """Twelve hours from the receipt, all told."""
    queue, stubber = scripted
    asked = {"QueueUrl": URL, "ReceiptHandle": "handle", "VisibilityTimeout": 12 * 3600 - 300}
    stubber.add_response("change_message_visibility", {}, asked)

    queue.extend(TOKEN, 48 * 3600)

    stubber.assert_no_pending_responses()


def test_a_send_is_grouped_and_deduplicated_by_bundle(scripted: tuple[SqsQueue, Stubber]) -> None:
    """No message waits for another, and a repeat within five minutes is dropped by SQS."""
    queue, stubber = scripted
    told = message(1)
    stubber.add_response("get_queue_url", {"QueueUrl": URL}, {"QueueName": "vireille__vero__jyvaskyla.fifo"})
    stubber.add_response("send_message", {"MessageId": "1", "MD5OfMessageBody": "x"}, {
        "QueueUrl": URL, "MessageBody": told.to_json(), "MessageGroupId": told.bundle,
        "MessageDeduplicationId": told.bundle,
    })  # fmt: skip

    queue.send(told)

    stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("AWS.SimpleQueueService.NonExistentQueue", 400, Denied),
        ("AccessDenied", 403, Denied),
        ("ExpiredToken", 403, Denied),
        ("ServiceUnavailable", 503, Away),
        ("ThrottlingException", 400, Away),
    ],
)
def test_errors_are_told_as_ours(
    scripted: tuple[SqsQueue, Stubber], code: str, status: int, error: type[Exception]
) -> None:
    """For good, or to be tried again."""
    queue, stubber = scripted
    stubber.add_client_error("get_queue_url", code, http_status_code=status)

    with pytest.raises(error):
        queue.send(message(1))


def test_a_message_that_is_not_ours_is_left_for_the_dead_letters(scripted: tuple[SqsQueue, Stubber]) -> None:
    """Junk in the queue does not stop the office."""
    queue, stubber = scripted
    stubber.add_response("get_queue_url", {"QueueUrl": URL})
    stubber.add_response("receive_message", {"Messages": [{"Body": "junk", "ReceiptHandle": "h"}]})

    assert queue.receive("vero", "jyvaskyla") is None
