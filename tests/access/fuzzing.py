"""Asks for every operation of a page's own OpenAPI description, with whatever may come for each of its parameters.

Nothing that is sent may make a server error, and every answer has our headers; a refusal to a script has a sentence.

In place of schemathesis, which has no session to sign in with and knows no filing that is there. Run by hand over the
same description (`create_app(...).openapi()`) against a demo's page, it asked 6,668 times in four minutes and found one
server error: a negative number of twenty digits, which is asked here since.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.access.conftest import OURS, answer_of
from workers.access.guards import HEADERS
from workers.access.sessions import begin
from workers.access.store import Access

METHODS = {"get", "post", "put", "patch", "delete"}
ODD = ["", " ", "0", "-1", "1", "99999999999999999999", "-99999999999999999999", "1e9", "NaN", "null", "true", "..",
       "../../etc/passwd", "%00", "\x00", "\ud800", "\u202e", "<script>", "'; DROP TABLE filings;--", "{}", "fi", "sv",
       "release", "x" * 400, "2026-02-30", "2015-03-02", "0001-01-01", "9999-12-31", "\u0661"]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(ODD), st.text(max_size=60), st.integers(min_value=-(2**80)).map(str), st.floats().map(str)
)
TYPES = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
         "application/json", "text/plain", "application/x-www-form-urlencoded; charset=klingon", ""]  # fmt: skip


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, list[dict[str, Any]], list[str]]]:
    """Method, path, parameters and form fields of all that the page answers."""
    for path, item in schema["paths"].items():
        for method in METHODS & set(item):
            body = item[method].get("requestBody", {}).get("content", {})
            named = [part["schema"]["$ref"].rsplit("/", 1)[1] for part in body.values()]
            fields = [name for one in named for name in schema["components"]["schemas"][one]["properties"]]
            yield method.upper(), path, item[method].get("parameters", []), fields


def hit_every_operation(app: FastAPI, access: Access, there: dict[str, str]) -> None:
    """Ask for every operation many times, as person 1, who may do everything; `there` names what is there."""
    wanted = list(operations(app.openapi()))
    reached: dict[tuple[str, str], set[int]] = {}

    @settings(max_examples=45 * len(wanted), deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data(), operation=st.sampled_from(wanted))
    def hit(data: st.DataObject, operation: tuple[str, str, list[dict[str, Any]], list[str]]) -> None:
        method, path, parameters, fields = operation
        values = {one["name"]: data.draw(VALUES, one["name"]) for one in parameters}
        if data.draw(st.booleans(), "what is there"):
            values |= there
        for one in parameters:
            path = path.replace("{" + one["name"] + "}", values[one["name"]].replace("/", "") or "x")
        query = urlencode({one["name"]: values[one["name"]].encode("utf-8", "surrogatepass")
                           for one in parameters if one["in"] == "query"})  # fmt: skip
        form = {name: data.draw(VALUES, name).encode("utf-8", "surrogatepass") for name in fields}
        if data.draw(st.booleans(), "its own"):
            form |= {name: value.encode() for name, value in there.items() if name in fields}
        body = data.draw(st.one_of(st.just(urlencode(form).encode()), st.binary(max_size=200)), "body")
        with access.write() as connection:  # a session of its own: some operations end it
            cookie = f"vireille-session={begin(connection, access, 1)}"
        headers = {**OURS, "cookie": cookie, "content-type": data.draw(st.sampled_from(TYPES), "type")}

        got = answer_of(app, method, path, headers, body=body, query=query.encode())

        reached.setdefault((method, operation[1]), set()).add(got.status)
        assert got.status < 500, (method, path, query, body, got.body)
        assert {name.lower() for name in HEADERS} <= set(got.headers)
        if got.status >= 400 and got.headers["content-type"] == "application/json":
            assert json.loads(got.body)["text"]

    hit()

    assert not any({401, 403} & found for found in reached.values())
    assert set(reached) == {(method, path) for method, path, _, _ in wanted}
    assert len(wanted) > 15
