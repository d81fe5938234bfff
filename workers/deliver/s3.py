"""The object store in S3 or what speaks it, with boto3. Endpoint and credentials come from boto3's own places.

Writes are put-if-absent with a SHA-256 that the server checks; what counts is the reading back. Retries are ours to
set: mode, attempts, timeouts and the total time, so that a bad line is told as Away and work goes on elsewhere.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from intake.base import durable
from intake.base.errors import Away, Denied, NotFound, Untrusted, VireilleError
from workers.deliver.ports import UNFINISHED_SECONDS, Conflict, StoredObject

CHUNK = 1 << 20
PART_BYTES = 16 << 20
CONFIG = Config(  # S3's defaults differ between versions of boto3: said here, asserted in a test
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=5,
    read_timeout=30,
    tcp_keepalive=True,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
)
CONFLICT_SECONDS = 20
_TAKEN = {"PreconditionFailed", "412"}
_BUSY = {"ConditionalRequestConflict", "OperationAborted", "409"}
_MISSING = {"404", "NoSuchKey", "NotFound"}
_REFUSED = {"AccessDenied", "NoSuchBucket", "InvalidBucketName", "PermanentRedirect", "ExpiredToken",
            "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed", "AllAccessDisabled",
            "MethodNotAllowed", "EntityTooLarge", "NotImplemented", "403", "301", "307", "400"}  # fmt: skip
_Result = TypeVar("_Result")


class S3Store:
    """Objects in `bucket` below `prefix`."""

    def __init__(self, bucket: str, prefix: str = "", *, client: Any = None, part_bytes: int = PART_BYTES) -> None:  # noqa: ANN401  # boto3 makes its classes at run time
        """`client`: a boto3 S3 client, else one is made. `part_bytes`: larger files go in parts of this size."""
        self._bucket, self._prefix, self._part = bucket, f"{prefix}/" if prefix else "", part_bytes
        self._s3 = client or _translated(lambda: boto3.client("s3", config=CONFIG))

    def now(self) -> datetime | None:
        """See `Store.now`: the date in the service's answer, also in a no."""
        try:
            answer = self._s3.head_object(Bucket=self._bucket, Key=f"{self._prefix}clock")
        except ClientError as error:
            if _code(error) not in {*_MISSING, *_REFUSED}:
                raise _translation(error) from error
            answer = error.response
        except BotoCoreError as error:
            raise _translation(error) from error
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        return parsedate_to_datetime(date) if date else None

    def put(self, key: str, source: Path | bytes, sha256: str) -> Literal["stored", "already"]:
        """See `Store.put`."""
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        try:
            if isinstance(source, Path) and size > self._part:
                self._put_parts(key, source)
            else:
                self._put_whole(key, source, sha256)
            return "stored"
        except (ClientError, BotoCoreError) as error:
            if not isinstance(error, ClientError) or _code(error) not in _TAKEN:
                raise _translation(error) from error
        if self.sha256(key) != sha256:  # E-03: the answer to an earlier put was lost; E-04: or it is another's
            raise Conflict("another object lies under this key in the store; a person must look")
        return "already"

    def replace(self, key: str, content: bytes) -> None:
        """See `Store.replace`."""
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        full = self._prefix + key
        _translated(lambda: self._s3.put_object(Bucket=self._bucket, Key=full, Body=content, ChecksumSHA256=checksum))

    def get(self, key: str, target: Path) -> str:
        """See `Store.get`."""
        digest = hashlib.sha256()

        def passed() -> Iterator[bytes]:
            for chunk in self._chunks(key):
                digest.update(chunk)
                yield chunk

        durable.write(target, passed())
        return digest.hexdigest()

    def read(self, key: str, most: int) -> bytes:
        """See `Store.read`."""
        found = bytearray()
        for chunk in self._chunks(key):
            found += chunk
            if len(found) > most:
                raise Untrusted(f"an object in the store is larger than {most} bytes")
        return bytes(found)

    def sha256(self, key: str) -> str:
        """See `Store.sha256`."""
        digest = hashlib.sha256()
        for chunk in self._chunks(key):
            digest.update(chunk)
        return digest.hexdigest()

    def head(self, key: str) -> StoredObject | None:
        """See `Store.head`."""
        try:
            answer = self._s3.head_object(Bucket=self._bucket, Key=self._prefix + key, ChecksumMode="ENABLED")
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise _translation(error) from error
        except BotoCoreError as error:
            raise _translation(error) from error
        claimed = answer.get("ChecksumSHA256")
        whole = claimed and "-" not in claimed  # a checksum of parts is not one of the whole
        return StoredObject(answer["ContentLength"], base64.b64decode(claimed).hex() if whole else None)

    def list(self, prefix: str) -> Iterator[str]:
        """See `Store.list`."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix + prefix)
        iterator = iter(pages)
        while (page := _translated(lambda: next(iterator, None))) is not None:
            for item in page.get("Contents", ()):
                yield item["Key"].removeprefix(self._prefix)

    def sweep(self, now: datetime) -> int:
        """See `Store.sweep`: aborts uploads in parts."""
        before = now - timedelta(seconds=UNFINISHED_SECONDS)
        answer = _translated(lambda: self._s3.list_multipart_uploads(Bucket=self._bucket, Prefix=self._prefix))
        old = [upload for upload in answer.get("Uploads", ()) if upload["Initiated"] < before]
        for upload in old:
            self._abort(upload["Key"], upload["UploadId"])
        return len(old)

    def _put_whole(self, key: str, source: Path | bytes, sha256: str) -> None:
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()

        def once(body: bytes | BinaryIO) -> None:
            self._s3.put_object(
                Bucket=self._bucket, Key=self._prefix + key, Body=body, IfNoneMatch="*", ChecksumSHA256=checksum
            )

        if isinstance(source, bytes):
            _settled(lambda: once(source))
            return
        with source.open("rb") as file:
            _settled(lambda: once(file) if file.seek(0) == 0 else None)

    def _put_parts(self, key: str, source: Path) -> None:
        """E-06: an upload in parts that does not come to its end is aborted at once."""
        full = self._prefix + key
        upload = self._s3.create_multipart_upload(Bucket=self._bucket, Key=full, ChecksumAlgorithm="SHA256")["UploadId"]
        try:
            with source.open("rb") as file:
                parts = [
                    self._put_part(full, upload, number, data)
                    for number, data in enumerate(iter(lambda: file.read(self._part), b""), start=1)
                ]
            _settled(
                lambda: self._s3.complete_multipart_upload(
                    Bucket=self._bucket, Key=full, UploadId=upload, IfNoneMatch="*", MultipartUpload={"Parts": parts}
                )
            )
        except BaseException:
            self._abort(full, upload)
            raise

    def _put_part(self, key: str, upload: str, number: int, data: bytes) -> dict[str, Any]:
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        answer = self._s3.upload_part(
            Bucket=self._bucket, Key=key, UploadId=upload, PartNumber=number, Body=data, ChecksumSHA256=checksum
        )
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}

    def _abort(self, key: str, upload: str) -> None:
        try:
            self._s3.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload)
        except (ClientError, BotoCoreError):  # the sweep and the bucket's own rule come after us
            return

    def _chunks(self, key: str) -> Iterator[bytes]:
        answer = _translated(lambda: self._s3.get_object(Bucket=self._bucket, Key=self._prefix + key))
        try:
            yield from answer["Body"].iter_chunks(CHUNK)
        except (BotoCoreError, OSError) as error:  # E-02: the line broke halfway
            raise Away("the store's answer broke off; it is tried again") from error
        finally:
            answer["Body"].close()


def _settled(call: Callable[[], object]) -> None:
    """E-05: 409 means that another conditional write is under way; ask again until it is settled."""

    @retry(
        retry=retry_if_exception(lambda error: isinstance(error, ClientError) and _code(error) in _BUSY),
        wait=wait_random_exponential(multiplier=0.2, max=3),
        stop=stop_after_delay(timedelta(seconds=CONFLICT_SECONDS)),
        reraise=True,
    )
    def attempt() -> None:
        call()

    attempt()


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _translation(error: ClientError | BotoCoreError) -> VireilleError:
    """Our error for boto3's; it names the code, never the request."""
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return Denied("no credentials for the store; set them where boto3 looks (environment or profile)")
    if not isinstance(error, ClientError):
        return Away(f"the store cannot be reached ({type(error).__name__}); it is tried again")
    code, status = _code(error), int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _MISSING and code != "NoSuchBucket":
        return NotFound("no such object in the store")
    if code in _REFUSED or status in {301, 307, 401, 403}:  # E-08
        return Denied(f"the store refuses ({code or status}); check bucket, region and rights")
    return Away(f"the store answers {code or status}; it is tried again")


def _translated(call: Callable[[], _Result]) -> _Result:
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        raise _translation(error) from error
