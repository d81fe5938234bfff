"""A bundle of 100 MB is sealed and opened in under 350 MB of memory."""

import subprocess
import sys
from pathlib import Path

import pytest

MOST_MB = 350
_CODE = """
import os, sys
from pathlib import Path
from tests.seal.world import NOW, content, make_world, opener
from workers.seal.open import open_bundle
from workers.seal.seal import Original, SealInput, seal
folder = Path(sys.argv[1])
scan = folder / "scan.pdf"
with scan.open("wb") as file:
    for _ in range(98):
        file.write(os.urandom(1 << 20))
world = make_world()
for name, identity in (("ec", world.vero), ("rsa", world.vero_rsa)):
    bundle = seal(SealInput(content(name), (Original(scan),)), [identity.certificate], world.point,
                  into=folder, now=NOW, max_bytes=105_000_000)
    open_bundle(bundle.path, [opener(identity)], world.trusted, folder / bundle.bundle_id, now=NOW)
peak, = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_megabytes_take_little_memory(tmp_path: Path) -> None:
    """Measured as the peak of the whole process (VmHWM: the parent's size at the fork does not count)."""
    done = subprocess.run([sys.executable, "-c", _CODE, str(tmp_path)], capture_output=True, text=True, timeout=290)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MOST_MB
