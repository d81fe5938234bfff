"""Says who may do what: one table of role and route for every page. A route that is not in it is refused (G-03).

A key is a route's method and path as the app has it, a mount's path with GET. A role counts at the place where it was
given (`Access.place`): a point, or an office. A test asks every route of every app with every role and with none.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """A person's part at a place."""

    ADVISOR = "advisor"
    SUPERVISOR = "supervisor"
    BACKOFFICE = "backoffice"
    OPERATOR = "operator"
    AUDITOR = "auditor"


MAY = {
    Role.ADVISOR: "works at the counter",
    Role.SUPERVISOR: "works at the counter and reads who opened what",
    Role.BACKOFFICE: "works on the office's page",
    Role.OPERATOR: "works on the operator's page",
    Role.AUDITOR: "reads who opened what, and no paper",
}
Route = tuple[str, str]
Allowed = frozenset[Role]
Table = Mapping[Route, Allowed | None]
"""None: open to whoever asks, also before sign-in."""

EVERYBODY: Allowed = frozenset(Role)
AT_THE_DESK: Allowed = frozenset({Role.ADVISOR, Role.SUPERVISOR})
LOOKING_AFTER: Allowed = frozenset({Role.SUPERVISOR, Role.AUDITOR})

SIGNING: Table = {
    ("GET", "/sign-in"): None,
    ("POST", "/sign-in"): None,
    ("GET", "/design"): None,
    ("GET", "/access"): None,
    ("POST", "/sign-out"): EVERYBODY,
    ("GET", "/password"): EVERYBODY,
    ("POST", "/password"): EVERYBODY,
    ("GET", "/healthz"): None,
    ("GET", "/metrics"): None,
}
"""The routes that every page has; the last two answer this machine and its monitors only (`machines.py`)."""

COUNTER: Table = {
    **SIGNING,
    ("GET", "/static"): None,
    ("GET", "/"): AT_THE_DESK,
    ("GET", "/list"): AT_THE_DESK,
    ("POST", "/list"): AT_THE_DESK,
    ("GET", "/events"): AT_THE_DESK,
    ("GET", "/filing/{filing}"): AT_THE_DESK,
    ("GET", "/filing/{filing}/page/{page}"): AT_THE_DESK,
    ("GET", "/filing/{filing}/receipt"): AT_THE_DESK,
    ("GET", "/filing/{filing}/customer"): AT_THE_DESK,
    ("POST", "/filing/{filing}/decision"): AT_THE_DESK,
    ("POST", "/filing/{filing}/value"): AT_THE_DESK,
    ("POST", "/filing/{filing}/why"): AT_THE_DESK,
    ("POST", "/filing/{filing}/pages"): AT_THE_DESK,
    ("GET", "/filing/{filing}/forms"): AT_THE_DESK,
    ("POST", "/filing/{filing}/form"): AT_THE_DESK,
    ("POST", "/open"): AT_THE_DESK,
    ("POST", "/refused/{number}"): AT_THE_DESK,
    ("GET", "/filing/{filing}/cover"): AT_THE_DESK,
    ("POST", "/matters"): AT_THE_DESK,
    ("GET", "/matter/{matter}/{language}"): AT_THE_DESK,
    ("GET", "/blank/{form}/{edition}/{language}"): AT_THE_DESK,
    ("GET", "/blank/{form}/{edition}/{language}/picture"): AT_THE_DESK,
    ("GET", "/views"): LOOKING_AFTER,
}
"""The counter's page."""

CLERKS: Allowed = frozenset({Role.BACKOFFICE})
OFFICE: Table = {
    **SIGNING,
    ("GET", "/static"): None,
    ("GET", "/"): CLERKS,
    ("GET", "/list"): CLERKS,
    ("POST", "/find"): CLERKS,
    ("GET", "/filing/{bundle}"): CLERKS,
    ("GET", "/filing/{bundle}/page/{number}"): CLERKS,
    ("GET", "/filing/{bundle}/document.pdf"): CLERKS,
    ("GET", "/filing/{bundle}/data.json"): CLERKS,
    ("POST", "/filing/{bundle}/claim"): CLERKS,
    ("POST", "/filing/{bundle}/hand-over"): CLERKS,
    ("POST", "/filing/{bundle}/field"): CLERKS,
    ("POST", "/filing/{bundle}/accept"): CLERKS,
    ("POST", "/filing/{bundle}/return"): CLERKS,
    ("POST", "/filing/{bundle}/forward"): CLERKS,
    ("GET", "/dead"): CLERKS,
    ("POST", "/dead/{bundle}"): CLERKS,
    ("POST", "/notice/{bundle}"): CLERKS,
    ("GET", "/load"): CLERKS,
    ("GET", "/views"): LOOKING_AFTER,
}
"""The office's page."""

OPERATORS: Allowed = frozenset({Role.OPERATOR})
OPERATOR: Table = {
    **SIGNING,
    ("GET", "/static"): None,
    ("GET", "/"): OPERATORS,
    ("GET", "/list"): OPERATORS,
    ("GET", "/figures"): OPERATORS,
    ("GET", "/figures/{table}"): OPERATORS,
    ("GET", "/rules"): OPERATORS,
    ("GET", "/alarms"): OPERATORS,
}
"""The operator's page."""

BY_ITSELF = frozenset(
    {"/events", "/list", "/open", "/filing/{filing}/page/{page}", "/filing/{bundle}/page/{number}"}
)  # fmt: skip
"""A page asks these by itself, pictures with what shows them: they keep nobody signed in."""
BY_ITSELF_HEADER = "x-by-itself"
"""A page's script sends it with whatever else it asks for without the person."""
STREAM = "/events"
"""Stays open as long as the page."""
