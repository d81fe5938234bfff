"""Tells who asks: the seam between the pages and whatever knows people.

A page knows a person only as the `Someone` that its `WhoAsks` gives for a request. Local accounts are one; sign-in by
an organisation's own service (OIDC) would be another, and nothing behind the door would change.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection

from workers.access.sessions import who_has
from workers.access.store import Access
from workers.access.table import EVERYBODY, Allowed


@dataclass(frozen=True, slots=True)
class Someone:
    """The person who asks, as far as pages need to know."""

    shown: str
    """Stands beside the person's decisions and looks; empty where nobody signs in."""
    roles: Allowed
    name: str = ""
    session: str = ""
    """Tells sessions apart; no secret."""
    units: frozenset[str] | None = None
    """The units of an office that are the person's; None: all."""


class WhoAsks(Protocol):
    """Knows who sends a request."""

    def __call__(self, request: HTTPConnection, *, by_itself: bool = False) -> Someone | None:
        """The person; None: nobody who is signed in. `by_itself`: the page asks without the person. Raises Away."""


class LocalAccounts:
    """People with an account and a session of ours."""

    def __init__(self, access: Access, cookie: str) -> None:
        """`cookie`: the name under which a browser keeps the session's mark."""
        self._access, self._cookie = access, cookie

    def __call__(self, request: HTTPConnection, *, by_itself: bool = False) -> Someone | None:
        """The person whose session's mark came with the request."""
        token = request.cookies.get(self._cookie)
        account = who_has(self._access, token, by_itself=by_itself) if token else None
        if token is None or account is None:
            return None
        session = hashlib.sha256(token.encode()).hexdigest()[:16]
        return Someone(account.shown, frozenset(account.roles), account.name, session, account.units)


class Exercise:
    """A demo on one machine: whoever is there may do everything, and says who it is where it matters."""

    def __call__(self, request: HTTPConnection, *, by_itself: bool = False) -> Someone | None:
        """Somebody without a name."""
        del request, by_itself
        return Someone("", EVERYBODY)
