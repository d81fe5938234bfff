"""A page of ours served to a real browser, and Debian's Chromium."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Error, Page, Route, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
OPEN: list[Browser] = []
LAST = 40
expect.set_options(timeout=60_000)  # how long a sight may take is measured by `tests.bench`, on a machine of its own


BY_THE_TESTS_CLOCK = """AbortSignal.timeout = (ms) => {
  const given_up = new AbortController();
  setTimeout(() => given_up.abort(), ms);
  return given_up.signal;
}"""
"""A script for pages whose clock a test turns: how long they wait for an answer goes by it too."""


def turned_by_hand(page: Page) -> None:
    """The clock of what the page opens next stands still but for what a test turns: no machine is too slow for it."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    page.add_init_script(BY_THE_TESTS_CLOCK)


def must_say_that_it_has_no_answer(page: Page, may_be_old: str) -> None:
    """One look at the list hangs, is given up and told; the next takes the words away. The page is `turned_by_hand`."""
    asked: list[Route] = []
    page.route("**/list*", lambda route: asked.append(route))
    page.clock.run_for(5_000)
    page.clock.run_for(10_000)
    expect(page.locator("#banner")).to_contain_text(may_be_old)
    assert len(asked) == 1

    page.unroute("**/list*")
    page.clock.run_for(5_000)

    expect(page.locator("#banner")).to_be_empty()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, closed afterwards; skips the test where there is none."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        OPEN.append(browser)
        try:
            yield browser
        finally:
            OPEN.remove(browser)
        browser.close()


def what_pages_say() -> Iterator[tuple[str, str]]:
    """The address of each page that is open, with what stands on it, its console's errors and what it last asked."""
    for page in (page for browser in OPEN for context in browser.contexts for page in context.pages):
        try:
            yield page.url, "\n".join(_heard_on(page))
        except Error as error:
            yield page.url, str(error)


def _heard_on(page: Page) -> Iterator[str]:
    yield from (line for line in page.locator("body").inner_text(timeout=2_000).splitlines() if line.strip())
    yield from (f"{one.type}: {one.text}" for one in page.console_messages() if one.type in {"error", "warning"})
    yield from (f"error: {error.stack or error.message}" for error in page.page_errors())
    for asked in page.requests()[-LAST:]:
        answer = asked.existing_response
        yield f"{asked.method} {asked.url}: {asked.failure or (answer.status if answer else 'no answer yet')}"


@contextmanager
def served_at(app: FastAPI) -> Iterator[str]:
    """The app's address while it is served by a thread."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with config.bind_socket() as listening:
        listening.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join(30)
