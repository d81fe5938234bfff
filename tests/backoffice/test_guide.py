"""The back office's guide, walked by hand: its commands run as they stand, and the point takes the receipt."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import workers.backoffice
from tests.backoffice.conftest import Street
from tests.seal.world import DOCUMENT, SCAN
from workers.seal import keys
from workers.send.receipt import fetch_receipt

GUIDE = Path(workers.backoffice.__file__).parent / "GUIDE.md"


def commands() -> str:
    """All code blocks of the part by hand, in order."""
    by_hand = GUIDE.read_text().split("## By hand")[1]
    return "\n".join(re.sub(r"(?m)^   ", "", block) for block in re.findall(r"```\n(.*?)```", by_hand, re.DOTALL))


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_a_filing_is_opened_and_answered_with_stock_tools_only(street: Street, tmp_path: Path) -> None:
    """Fetch, compare, decrypt, verify, unpack, sign: nothing of ours runs in the office."""
    bundle = street.deliver()
    office = tmp_path / "office"
    office.mkdir()
    shutil.copy(street.store.root / "vero" / f"{bundle.bundle_id}.p7m", office)
    keys.save_certificate(office / "vero.cert.pem", street.world.vero.certificate)
    keys.save_key(office / "vero.key.pem", street.world.vero.key)
    keys.save_certificate(office / "ca.pem", street.world.ca.certificate)
    script = "set -e\n" + re.sub(r"\bB\b", bundle.bundle_id, commands())

    done = subprocess.run(["bash", "-c", script], cwd=office, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert "CAdES Verification successful" in done.stderr
    assert bundle.sha256 in done.stdout
    assert (office / "original/001.pdf").read_bytes() == SCAN
    assert (office / "document.pdf").read_bytes() == DOCUMENT
    place = street.store.root / "receipts/vero" / f"{bundle.bundle_id}.p7s"
    place.parent.mkdir(parents=True)
    shutil.copy(office / f"{bundle.bundle_id}.p7s", place)
    later = street.world.vero.certificate.not_valid_after_utc
    receipt = fetch_receipt(street.store, street.vero, bundle=bundle.bundle_id, sha256=bundle.sha256, now=later)
    assert receipt is not None
    assert receipt.outcome == "accepted"
