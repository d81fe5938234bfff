"""From an address in the settings to an adapter. Cloud libraries are imported only if they are asked for."""

from pathlib import Path

from intake.base.clock import Clock
from intake.base.errors import NotFound, WrongUse
from intake.base.extras import needs
from workers.deliver.ports import MOST_DELIVERIES, Queue, Store


def open_store(url: str) -> Store:
    """`folder:PATH` or `s3://bucket/prefix`. Raises WrongUse for anything else, and when the extra is missing."""
    if url.startswith("folder:"):
        from workers.deliver.folder import FolderStore

        return FolderStore(Path(url.removeprefix("folder:")))
    if url.startswith("s3://"):
        with needs("s3"):
            from workers.deliver.s3 import S3Store

        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        return S3Store(bucket, prefix.strip("/"))
    raise WrongUse("a store's address starts with folder: or s3://")


def require_store(url: str) -> None:
    """For who only looks: a folder would be made where it is not, perhaps under a wrong address. Raises NotFound."""
    if url.startswith("folder:") and not Path(url.removeprefix("folder:")).is_dir():
        raise NotFound(f"no store at {url}: is the address right, is the share there?")


def open_queue(
    url: str, *, create: bool = False, clock: Clock | None = None, most_deliveries: int | None = None
) -> Queue:
    """The queue at `sqlite:///PATH`, `postgresql://...` or `sqs://PREFIX`.

    `create`: what sends makes a missing table, and a missing SQLite file in a folder that is there; who only looks or
    receives makes nothing, so that a mistyped address is told. Raises WrongUse, NotFound, Away or Denied.
    """
    if url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        from workers.deliver.table import TableQueue

        folder = Path(url.removeprefix("sqlite:///")).parent
        if url.startswith("sqlite") and not folder.is_dir():
            raise NotFound(f"no queue at {url}: there is no folder {folder}; is the address right, is the share there?")
        with needs("postgres"):
            return TableQueue(url, clock=clock, most_deliveries=most_deliveries or MOST_DELIVERIES, create=create)
    if url.startswith("sqs://"):
        with needs("s3"):
            from workers.deliver.sqs import MOST_RECEIVES, SqsQueue

        return SqsQueue(url.removeprefix("sqs://"), most_deliveries=most_deliveries or MOST_RECEIVES)
    raise WrongUse("a queue's address starts with sqlite:///, postgresql:// or sqs://")
