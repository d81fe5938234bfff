"""`inbox serve` as a process of its own: it receives, tells the case system, and ends when it is told to."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.base.errors import BadFile
from intake.base.settings import load_settings
from tests.backoffice.conftest import Street
from tests.backoffice.test_webhook import SECRET, CaseSystem, case_system
from workers.backoffice.setup import hook_of
from workers.doctor.point import examine
from workers.seal import keys

__all__ = ["case_system"]
VIREILLE = Path(sys.executable).with_name("vireille")


@pytest.fixture
def config(street: Street, case_system: CaseSystem) -> Path:
    """The settings of a machine that is only a back office, with its keys."""
    office = street.folder / "office"
    office.mkdir()
    keys.save_certificate(office / "ca.pem", street.world.ca.certificate)
    keys.save_certificate(office / "vero.cert.pem", street.world.vero.certificate)
    keys.save_key(office / "vero.key.pem", street.world.vero.key)
    (office / "hook.secret").write_bytes(SECRET + b"\n")
    (office / "hook.secret").chmod(0o600)
    (office / "vireille.toml").write_text(
        f"""
        [store]
        url = "folder:../hub"
        [queue]
        url = "sqlite:///../hub/queue.sqlite"
        [keys]
        directory = "."
        [inbox]
        provider = "vero"
        key = "vero.key.pem"
        webhook = "{case_system.hook.url}"
        webhook_secret = "hook.secret"
        """
    )
    return office / "vireille.toml"


@pytest.fixture
def serving(config: Path, street: Street) -> Iterator[subprocess.Popen[str]]:
    """The service, running."""
    words = [str(VIREILLE), "inbox", "serve", "--out", str(street.out), "--every", "1", "--config", str(config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_the_service_receives_tells_and_ends_cleanly(
    street: Street, case_system: CaseSystem, serving: subprocess.Popen[str]
) -> None:
    """The case system fails first and hears of it in the next round; SIGTERM ends the service with 0."""
    case_system.statuses = [500]
    bundle = street.deliver()

    deadline = time.monotonic() + 120
    while len(case_system.told) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    serving.send_signal(signal.SIGTERM)
    out, err = serving.communicate(timeout=120)

    assert serving.returncode == 0, err
    assert "receiving for vero every 1 s" in out
    assert json.loads(case_system.told[-1][0])["bundle"] == bundle.bundle_id
    assert len(case_system.told) == 2
    assert (street.out / bundle.bundle_id / "data.json").is_file()


def test_cron_tells_too(street: Street, case_system: CaseSystem, config: Path) -> None:
    """A single `receive` tells once and says what it could not tell; `notices --again` lets the next one tell it."""
    street.deliver()
    case_system.statuses = [400]
    words = [str(VIREILLE), "inbox", "receive", "--out", str(street.out), "--config", str(config)]

    first = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    again = [VIREILLE, "inbox", "notices", "--again", "--out", street.out]
    subprocess.run(again, capture_output=True, text=True, check=True)
    second = subprocess.run(words, capture_output=True, text=True, check=True).stdout

    assert "did not take the notice (http_400)" in first
    assert "1 received" in first
    assert "did not take the notice" not in second
    assert len(case_system.told) == 2


@pytest.mark.parametrize("every", ["0", "86400"])
def test_the_service_does_not_hurry_or_sleep_over_its_leases(every: str, config: Path, street: Street) -> None:
    """Wrong use, said at once."""
    words = [str(VIREILLE), "inbox", "serve", "--out", str(street.out), "--every", every, "--config", str(config)]

    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "--every must lie between" in done.stderr


def test_a_secret_must_be_secret(config: Path) -> None:
    """Readable by others, too short, or not named: each is told with the file or key that is wrong."""
    secret = config.with_name("hook.secret")

    secret.chmod(0o644)
    with pytest.raises(BadFile, match="chmod 600"):
        hook_of(load_settings(config))
    secret.chmod(0o600)
    secret.write_bytes(b"short")
    with pytest.raises(BadFile, match=r"inbox\.webhook: .*16 bytes"):
        hook_of(load_settings(config))
    config.write_text(config.read_text().replace('webhook_secret = "hook.secret"', ""))
    with pytest.raises(BadFile, match="webhook_secret"):
        hook_of(load_settings(config))


def test_doctor_says_that_a_back_office_is_well(config: Path, street: Street) -> None:
    """Key, CA, store, queue and case system are looked at; no point is asked for."""
    street.deliver()

    found = examine(config)

    assert [one.text.en for one in found if not one.ok] == []
    said = "\n".join(one.text.en for one in found)
    for words in (
        "vero.key.pem opens what is sealed to vero",
        "1 point is trusted",
        "store",
        "1 waiting",
        "case system",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("vero.key.pem", "vero.key.pem"),
        ("vero.cert.pem", "no certificate beside it"),
        ("ca.pem", "no point's CA certificate"),
        ("hook.secret", "hook.secret"),
    ],
)
def test_doctor_says_what_a_back_office_lacks(config: Path, gone: str, words: str) -> None:
    """Each missing file is named, and the other things are looked at all the same."""
    config.with_name(gone).unlink()

    found = examine(config)

    bad = [one.text.en for one in found if not one.ok and one.blocks]
    assert len(bad) == 1
    assert words in bad[0]
    assert any("waiting" in one.text.en for one in found)


def test_keys_lie_beside_the_settings_wherever_one_stands(config: Path) -> None:
    """The default folder is relative to the settings file, too."""
    config.write_text(config.read_text().replace("[keys]", "").replace('directory = "."', ""))

    assert load_settings(config).keys.directory == config.parent / "keys"


def test_doctor_says_that_the_queue_is_away(config: Path) -> None:
    """A queue in a folder that is not there."""
    config.write_text(config.read_text().replace("../hub/queue", "../nowhere/queue"))

    bad = [one.text.en for one in examine(config) if not one.ok]

    assert len(bad) == 1
    assert bad[0].startswith("queue:")
    assert not (config.parent.parent / "nowhere").exists()
