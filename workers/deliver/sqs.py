"""The queue in SQS, with boto3. Endpoint and credentials come from boto3's own places.

One FIFO queue for each provider and unit, named `<prefix>__<provider>__<unit or ->.fifo`, with a dead-letter queue
`...__dead.fifo` (E-12). `vireille providers prepare` makes them. SQS drops repeats for five minutes only, so
the back office's client drops them by bundle id (E-10). A message's group is its bundle: none waits for another.
"""

import functools
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from intake.base.errors import Away, Denied, Stale, Untrusted, VireilleError
from workers.deliver.ports import (
    LEASE_SECONDS,
    MOST_SECONDS,
    DeadLetter,
    Leased,
    Message,
    QueueStats,
    message_from_json,
)  # fmt: skip

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=30, tcp_keepalive=True
)
MOST_RECEIVES = 20
"""SQS ends a lease after 12 hours, so a filing that waits over a weekend comes several times without fault."""
_ANY = "-"
_KEEP_SECONDS = 14 * 24 * 3600
_MISSING = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
_STALE = {"ReceiptHandleIsInvalid", "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
          "InvalidParameterValue"}  # fmt: skip
_REFUSED = {"AccessDenied", "AccessDeniedException", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken",
            "UnrecognizedClientException"}  # fmt: skip
_Result = TypeVar("_Result")


class SqsQueue:
    """Queues whose names start with `prefix`."""

    counts_every_delivery = True

    def __init__(self, prefix: str, *, client: Any = None, most_deliveries: int = MOST_RECEIVES) -> None:  # noqa: ANN401  # made at run time
        """`client`: a boto3 SQS client, else one is made."""
        self._prefix, self._most = prefix, most_deliveries
        self._sqs = client or _translated(lambda: boto3.client("sqs", config=CONFIG))
        self._urls: dict[str, str] = {}

    def now(self) -> datetime | None:
        """See `Queue.now`: the date in the service's answer, also in a no: a wrong clock is one of its causes."""
        try:
            answer = self._sqs.list_queues(QueueNamePrefix=self._prefix, MaxResults=1)
        except ClientError as error:
            answer = error.response
        except BotoCoreError as error:
            raise _translation(error) from error
        date = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
        return parsedate_to_datetime(date) if date else None

    def prepare(self, provider: str, unit: str | None = None) -> None:
        """See `Queue.prepare`. With its dead-letter queue."""
        shared = {"FifoQueue": "true", "MessageRetentionPeriod": str(_KEEP_SECONDS)}
        dead = self._create(self._name(provider, unit, dead=True), shared)
        asked = _translated(lambda: self._sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"]))
        redrive = {"deadLetterTargetArn": asked["Attributes"]["QueueArn"], "maxReceiveCount": self._most}
        working = {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": str(LEASE_SECONDS)}
        self._create(self._name(provider, unit), shared | working)

    def send(self, message: Message) -> Literal["sent", "already"]:
        """See `Queue.send`. SQS does not tell a repeat from a first, so this says "sent" for both."""
        url = self._url(self._name(message.provider, message.unit))
        _translated(
            lambda: self._sqs.send_message(
                QueueUrl=url,
                MessageBody=message.to_json(),
                MessageGroupId=message.bundle,
                MessageDeduplicationId=message.bundle,
            )
        )
        return "sent"

    def receive(self, provider: str, unit: str | None = None, lease_seconds: float = LEASE_SECONDS) -> Leased | None:
        """See `Queue.receive`. A message that is not ours to read stays until SQS gives up on it."""
        for url in self._queues(provider, unit):
            answer = self._received(url, 1, round(lease_seconds))
            for raw in answer.get("Messages", ()):
                try:
                    message = message_from_json(raw["Body"])
                except Untrusted:
                    continue
                deliveries = int(raw.get("Attributes", {}).get("ApproximateReceiveCount", 1))
                return Leased(message, json.dumps([url, raw["ReceiptHandle"]]), deliveries)
        return None

    def extend(self, token: str, lease_seconds: float) -> None:
        """See `Queue.extend`. SQS ends every lease 12 hours after the receipt."""
        url, handle = _split(token)
        seconds = round(min(lease_seconds, MOST_SECONDS - LEASE_SECONDS))
        _translated(
            lambda: self._sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=seconds)
        )

    def fail(self, token: str, code: str, retry_seconds: float, *, blame: bool = True) -> None:
        """See `Queue.fail`. SQS has no place for the code and counts every delivery; the client's log has the code."""
        del code, blame
        self.extend(token, retry_seconds)

    def ack(self, token: str) -> None:
        """See `Queue.ack`. Touching the lease first finds a stale token, for which SQS would say yes and do nothing."""
        self.extend(token, LEASE_SECONDS)
        url, handle = _split(token)
        _translated(lambda: self._sqs.delete_message(QueueUrl=url, ReceiptHandle=handle))

    def return_(self, token: str, reason: str, note: str = "") -> None:
        """See `Queue.return_`. Reason and note travel in the receipt."""
        del reason, note
        self.ack(token)

    def move(self, token: str, message: Message) -> None:
        """See `Queue.move`. Sent first, then finished here: a crash between leaves both, and neither is lost."""
        url = self._url(self._name(message.provider, message.unit))
        self.extend(token, LEASE_SECONDS)
        self._send_anew(url, message.bundle, message.to_json())
        self.ack(token)

    def stats(self, provider: str) -> QueueStats:
        """See `Queue.stats`. SQS gives no age here; its metric ApproximateAgeOfOldestMessage does."""
        waiting = leased = dead = 0
        for url in self._queues(provider, None):
            counts = self._counts(url)
            waiting, leased = waiting + counts[0] + counts[2], leased + counts[1]
        for url in self._queues(provider, None, dead=True):
            dead += sum(self._counts(url))
        return QueueStats(waiting, leased, dead, None)

    def peek(self, provider: str, unit: str | None = None, most: int = 100) -> tuple[Message, ...]:
        """See `Queue.peek`. Looking would count as a delivery, so SQS is only asked whether the queue is there."""
        del most
        for _ in self._queues(provider, unit):
            break
        return ()

    def dead_letters(self, provider: str, unit: str | None = None) -> tuple[DeadLetter, ...]:
        """See `Queue.dead_letters`. They are taken for a moment and given back; SQS keeps no code."""
        found: dict[str, DeadLetter] = {}
        for queue in self._queues(provider, unit, dead=True):
            for handle, message, _ in self._dead(queue):
                found[message.bundle] = DeadLetter(message, None)
                self.extend(json.dumps([queue, handle]), 0)
        return tuple(found.values())

    def redrive(self, provider: str, unit: str | None = None, bundle: str | None = None) -> int:
        """See `Queue.redrive`. Sent anew, then taken from the dead; a crash between leaves both, which is harmless."""
        count = 0
        for queue in self._queues(provider, unit, dead=True):
            for handle, message, body in self._dead(queue):
                if bundle not in {None, message.bundle}:
                    self.extend(json.dumps([queue, handle]), 0)
                    continue
                self._send_anew(queue.replace("__dead.fifo", ".fifo"), message.bundle, body)
                _translated(functools.partial(self._sqs.delete_message, QueueUrl=queue, ReceiptHandle=handle))
                count += 1
        return count

    def _dead(self, queue: str) -> list[tuple[str, Message, str]]:
        """Handle, message and body of all that lies in a dead-letter queue, leased; what is not ours is left out."""
        found = []
        while raws := self._received(queue, 10, LEASE_SECONDS).get("Messages", ()):
            for raw in raws:
                try:
                    found.append((raw["ReceiptHandle"], message_from_json(raw["Body"]), raw["Body"]))
                except Untrusted:
                    continue
        return found

    def _send_anew(self, url: str, group: str, body: str) -> None:
        """Past the five minutes in which SQS would drop it as a repeat."""
        once = f"{group}-{secrets.token_hex(8)}"
        _translated(
            lambda: self._sqs.send_message(
                QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=once
            )
        )

    def _received(self, url: str, most: int, lease_seconds: int) -> dict[str, Any]:
        found: dict[str, Any] = _translated(
            lambda: self._sqs.receive_message(
                QueueUrl=url,
                AttributeNames=["ApproximateReceiveCount"],
                MaxNumberOfMessages=most,
                VisibilityTimeout=lease_seconds,
                WaitTimeSeconds=0,
            )
        )
        return found

    def _name(self, provider: str, unit: str | None, *, dead: bool = False) -> str:
        return f"{self._prefix}__{provider}__{unit or _ANY}{'__dead' if dead else ''}.fifo"

    def _create(self, name: str, attributes: dict[str, str]) -> str:
        return str(_translated(lambda: self._sqs.create_queue(QueueName=name, Attributes=attributes))["QueueUrl"])

    def _url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = _translated(lambda: self._sqs.get_queue_url(QueueName=name))["QueueUrl"]
        return self._urls[name]

    def _queues(self, provider: str, unit: str | None, *, dead: bool = False) -> Iterator[str]:
        if unit is not None:
            yield self._url(self._name(provider, unit, dead=dead))
            return
        start = f"{self._prefix}__{provider}__"
        answer = _translated(lambda: self._sqs.list_queues(QueueNamePrefix=start, MaxResults=1000))
        urls = sorted(answer.get("QueueUrls", ()))
        if not urls:  # zero filings would be a false answer
            raise Denied(f"there is no queue {start}...; is the address right? 'vireille providers prepare' makes it")
        yield from (url for url in urls if url.endswith("__dead.fifo") == dead)

    def _counts(self, url: str) -> tuple[int, int, int]:
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        answer = _translated(lambda: self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names)))
        first, second, third = (int(answer["Attributes"].get(name, 0)) for name in names)
        return first, second, third


def _split(token: str) -> tuple[str, str]:
    try:
        url, handle = json.loads(token)
    except ValueError as error:
        raise Stale("the lease's token is not one of this queue") from error
    return str(url), str(handle)


def _translation(error: ClientError | BotoCoreError) -> VireilleError:
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return Denied("no credentials for the queue; set them where boto3 looks (environment or profile)")
    if not isinstance(error, ClientError):
        return Away(f"the queue cannot be reached ({type(error).__name__}); it is tried again")
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _STALE:
        return Stale("the lease is over and the message went to somebody else; receive again")
    if code in _MISSING:
        return Denied("the provider has no queue yet; 'vireille providers prepare' makes it")
    if code in _REFUSED or status in {401, 403}:
        return Denied(f"the queue refuses ({code or status}); check region and rights")
    return Away(f"the queue answers {code or status}; it is tried again")


def _translated(call: Callable[[], _Result]) -> _Result:
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        raise _translation(error) from error
