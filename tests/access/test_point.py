"""Sign-in of a whole point: `init`, `people`, `run`, `doctor` on the command line, and the page that they serve."""

import json
import os
import pwd
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest

from intake.trial import scan_pdf
from tests.access.conftest import OURS, PASSWORD
from tests.contract import servers
from workers.run.new_point import make_point

VIREILLE = Path(sys.executable).with_name("vireille")
FORM = {**OURS, "content-type": "application/x-www-form-urlencoded"}


def vireille(folder: Path, *words: str, typed: str = "", expect: int = 0) -> str:
    """Run a verb on the point in `folder`; what it says."""
    command = [VIREILLE, *words, "--config", folder / "vireille.toml"]
    done = subprocess.run(command, capture_output=True, text=True, input=typed, check=False, timeout=120)
    assert done.returncode == expect, done.stderr
    return done.stdout if expect == 0 else done.stderr


def point(folder: Path, *, demo: bool, **changes: str) -> Path:
    """A new point, its walls as this machine allows, on a free port; `changes` replace values of [console]."""
    file = make_point(folder, demo=demo)
    text = file.read_text("utf-8").replace('walls = "required"', 'walls = "best"').replace("port = 8090", "port = 0")
    for old, new in changes.items():
        text = re.sub(rf"(?m)^{old} = .*$", new, text)
    file.write_text(text, "utf-8")
    return folder


def place(folder: Path) -> Path:
    """As much of a point's settings as people need."""
    folder.mkdir()
    (folder / "vireille.toml").write_text(
        '[point]\nid = "mikkeli"\nname = "Mikkeli"\ndata = "data"\n'
        '[store]\nurl = "folder:hub"\n[queue]\nurl = "sqlite:///hub/queue.db"\n',
        "utf-8",
    )
    return folder


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """`vireille run`, and the address of its page."""
    words = [VIREILLE, "run", "--config", folder / "vireille.toml"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = re.search(r"https?://\S+", process.stdout.readline())
            assert address is not None
            yield address[0]
        finally:
            process.send_signal(signal.SIGTERM)


def asked(address: str, method: str, path: str, body: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
    """One request; gives the status, and the session's cookie or the words."""
    where = urlsplit(address)
    assert where.hostname
    if where.scheme == "http":
        connection = HTTPConnection(where.hostname, where.port, timeout=60)
    else:
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection(where.hostname, where.port, timeout=60, context=trusting)
    sent = {**FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    with closing(connection):
        connection.request(method, path, body=urlencode(body or {}), headers=sent)
        answer = connection.getresponse()
        cookies = [one for one in answer.headers.get_all("set-cookie") or [] if "session=" in one]
        return answer.status, cookies[0] if cookies else answer.read().decode()


def test_a_real_point_shows_nothing_before_sign_in(tmp_path: Path) -> None:
    """Whatever process of whatever user asks: no list, no paper; with a password read from standard input, all."""
    folder = point(tmp_path / "point", demo=False)
    said = vireille(folder, "people", "add", "aino", "--role", "advisor", "--shown", "Aino V.", typed=PASSWORD + "\n")

    with running(folder) as address:
        before = [asked(address, "GET", path)[0] for path in ("/", "/list", "/events", "/filing/x", "/filing/x/page/1")]
        wrong = asked(address, "POST", "/sign-in", {"name": "aino", "password": "x"})[0]
        status, cookie = asked(address, "POST", "/sign-in", {"name": "aino", "password": PASSWORD})
        after = asked(address, "GET", "/", cookie=cookie.split(";")[0])

    assert said == "aino: may sign in at point as advisor; shown as Aino V.\n"
    assert (before, wrong, status) == ([401] * 5, 422, 303)
    assert after[0] == 200
    assert "Aino V." in after[1]


def test_a_demo_asks_for_nobody_until_somebody_was_added(tmp_path: Path) -> None:
    """On this machine alone a demo needs no sign-in; with a person added it has one."""
    folder = point(tmp_path / "point", demo=True)

    with running(folder) as address:
        free = asked(address, "GET", "/")[0]
        said = vireille(folder, "people", "add", "aino", "--role", "advisor", typed=PASSWORD + "\n")
        examined = vireille(folder, "doctor")
    with running(folder) as address:
        asks = asked(address, "GET", "/")[0]

    assert (free, asks) == (200, 401)
    assert "a demo asks for sign-in from its page's next start on" in said
    assert "a demo asks for it from its page's next start on" in examined


@pytest.mark.parametrize("demo", [True, False])
def test_a_page_open_to_the_network_without_tls_is_refused(tmp_path: Path, demo: bool) -> None:
    """`run` ends with one line that says what to set, and `doctor` says the same."""
    folder = point(tmp_path / "point", demo=demo, host='host = "0.0.0.0"')

    said = vireille(folder, "run", expect=2)
    examined = subprocess.run(
        [VIREILLE, "doctor", "--config", folder / "vireille.toml"], capture_output=True, text=True, check=False
    )

    assert said.count("\n") == 1
    assert "host 0.0.0.0 is open to the network without TLS: set `certificate` and `key`" in said
    assert examined.returncode == 5
    assert "BAD " in examined.stdout and "open to the network without TLS" in examined.stdout


def test_off_loopback_the_page_speaks_tls(tmp_path: Path, certificate: str) -> None:
    """With certificate and key the page is served to the network, under cookies that only https carries."""
    (port,) = servers.free_ports(1)
    folder = point(tmp_path / "point", demo=True, host=f'host = "0.0.0.0"\n{certificate}', port=f"port = {port}")
    vireille(folder, "people", "add", "aino", "--role", "advisor", typed=PASSWORD + "\n")

    with running(folder) as address:
        here = address.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 compared, not listened at
        before = asked(here, "GET", "/list")[0]
        status, cookie = asked(here, "POST", "/sign-in", {"name": "aino", "password": PASSWORD})
        after = asked(here, "GET", "/list", cookie=cookie.split(";")[0])[0]
        examined = vireille(folder, "doctor")
        Path(certificate.split('"')[3]).write_text("no key", "utf-8")
        unfit = vireille(folder, "run", expect=2)

    assert "running" in next(line for line in examined.splitlines() if "counter page:" in line)
    assert "ok   the page is reached by https, with " in examined
    assert f"ends on {datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}" in examined
    assert "cannot be used: not a certificate and its own private key in PEM\n" in unfit
    assert address.startswith("https://")
    assert (before, status, after) == (401, 303, 200)
    assert cookie.startswith("__Host-vireille-session=") and "Secure" in cookie and "Path=/" in cookie


def test_behind_a_proxy_only_the_proxy_is_answered(tmp_path: Path) -> None:
    """What does not come through the proxy, or came to it without https, is refused."""
    folder = point(
        tmp_path / "point", demo=False, host='host = "127.0.0.1"\nproxy = ["127.0.0.1"]\nnames = ["piste.fi"]'
    )
    (tmp_path / "other").mkdir()
    around = point(tmp_path / "other" / "point", demo=False, host='host = "127.0.0.1"\nproxy = ["192.0.2.1"]')
    forwarded = {"host": "piste.fi", "x_forwarded_for": "192.0.2.77"}

    with running(folder) as address:
        plain = asked(address, "GET", "/sign-in", **forwarded, x_forwarded_proto="http")[0]
        whole = asked(address, "GET", "/sign-in", **forwarded, x_forwarded_proto="https")[0]
    with running(around) as address:
        beside = asked(address, "GET", "/sign-in", x_forwarded_proto="https")[0]

    assert (plain, whole, beside) == (403, 200, 403)


def test_doctor_says_where_the_page_stands(tmp_path: Path) -> None:
    """By which way it is reached, and that nobody may sign in yet, or how many may."""
    folder = point(tmp_path / "point", demo=False)

    before = vireille(folder, "doctor")
    vireille(folder, "people", "add", "aino", "--role", "advisor", typed=PASSWORD + "\n")
    after = vireille(folder, "doctor")

    assert "note nobody may sign in to the page yet: vireille people add NAME --role advisor\n" in before
    assert "ok   the page is reached from this machine only\n" in after
    assert "ok   1 people may sign in to the page (vireille people list)\n" in after


def test_people_are_listed_changed_and_removed_by_command(tmp_path: Path) -> None:
    """The operator's whole life with an account, a removed person's way back included."""
    folder = place(tmp_path / "point")
    vireille(folder, "people", "add", "Aino", "--role", "advisor", "--shown", "Aino V.", typed=PASSWORD + "\n")

    taken = vireille(folder, "people", "add", "aino", "--role", "auditor", typed=PASSWORD + "\n", expect=2)
    alike = vireille(
        folder, "people", "add", "aino2", "--role", "auditor", "--shown", "aino v.", typed=PASSWORD + "\n", expect=2
    )
    vireille(folder, "people", "roles", "aino", "--role", "supervisor", "--role", "auditor")
    listed = json.loads(vireille(folder, "people", "list", "--json"))
    vireille(folder, "people", "remove", "aino")
    gone = json.loads(vireille(folder, "people", "list", "--json"))
    other = vireille(folder, "people", "add", "aino", "--role", "advisor", typed=PASSWORD + "\n", expect=2)
    vireille(folder, "people", "add", "aino", "--role", "advisor", "--shown", "Aino V.", typed=PASSWORD + "\n")
    vireille(folder, "people", "password", "aino", typed="toinen pitkä salasana\n")

    assert "may sign in already" in taken
    assert "stands beside the decisions of 'aino'" in alike
    assert "nobody else may have that name" in other
    assert [(one["name"], one["shown"], one["roles"], one["removed"]) for one in listed] == [
        ("aino", "Aino V.", ["supervisor", "auditor"], None)
    ]
    assert gone[0]["removed"] is not None
    assert vireille(folder, "people", "password", "nobody", typed=PASSWORD + "\n", expect=4).count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "no password"),
        ("short\n", "at least 12"),
        ("aino aino 123\n", "too easy"),
        ("a" * 129 + "\n", "at most 128"),
    ],
)
def test_a_password_that_will_not_do_is_refused_in_one_line(tmp_path: Path, typed: str, words: str) -> None:
    """No traceback, nothing of the password in the answer, and nobody is added."""
    folder = place(tmp_path / "point")

    said = vireille(folder, "people", "add", "aino", "--role", "advisor", typed=typed, expect=2)

    assert words in said
    assert said.count("\n") == 1
    assert vireille(folder, "people", "list").startswith("nobody yet")


def test_the_command_line_decides_under_a_true_name(tmp_path: Path) -> None:
    """Where people sign in a decision names one of them with the shell's user, or that user; nobody else."""
    folder, me = point(tmp_path / "point", demo=True), pwd.getpwuid(os.getuid()).pw_name
    (folder / "scan" / "tiski-1" / "scan.pdf").write_bytes(scan_pdf([np.full((3508, 2480), 240, np.uint8)]))
    vireille(folder, "run", "--once")
    filing = json.loads(vireille(folder, "status", "--json"))["filings"][0]["id"]
    vireille(folder, "hold", filing, "--reason", "x", "--advisor", "Somebody")
    vireille(folder, "people", "add", "aino", "--role", "advisor", "--shown", "Aino V.", typed=PASSWORD + "\n")

    refused = vireille(folder, "hold", filing, "--reason", "x", "--advisor", "Somebody", expect=2)
    vireille(folder, "hold", filing, "--reason", "x", "--advisor", "aino v.")
    vireille(folder, "hold", filing, "--reason", "x")
    people = json.loads(vireille(folder, "show", filing, "--json"))["people"]

    assert "may not sign in here" in refused
    by = [one["advisor"] for one in people]
    assert by == ["Somebody", f"Aino V. (command line, {me})", f"{me} (command line)"]
