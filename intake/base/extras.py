"""Libraries that only some installations have.

The plain installation is the back office with a folder and SQLite; the extras `s3`, `postgres` and `point` bring the
rest. An address or a verb that needs a missing one is refused in one line that names the extra.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from intake.base.errors import WrongUse


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Raises WrongUse, naming the extra, when a library that is imported inside is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise WrongUse(
            f"the Python package '{error.name}' is missing; install Vireille again with its extra: "
            f"pip install 'vireille[{extra}] @ file:///PATH/OF/THE/WHEEL'",
            code="missing_extra",
        ) from error
