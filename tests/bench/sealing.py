"""Throughput and peak memory of sealing and opening, beside `openssl cms` on the same file.

`python -m tests.bench.sealing [MB]` prints a table; each row is a process of its own. `seal` signs and encrypts, `open`
decrypts, verifies and unpacks; OpenSSL does the same work in four commands. `age` is measured where it is installed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.seal.world import NOW, make_world, written
from workers.seal import keys
from workers.seal.keys import Identity

_OURS = """
import sys
from pathlib import Path
from tests.seal.world import NOW, content
from workers.seal import keyring
from workers.seal.open import open_bundle
from workers.seal.seal import Original, SealInput, seal
from workers.seal.trust import trusted_points
what, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
if what == "seal":
    opener, = keyring.openers(folder / f"{name}.key.pem")
    bundle = seal(SealInput(content(), (Original(folder / "scan.pdf"),)), [opener.certificate],
                  keyring.load_point(folder / "point"), into=folder, now=NOW, max_bytes=2 * 10**9)
    bundle.path.rename(folder / f"{name}.p7m")
else:
    open_bundle(folder / f"{name}.p7m", keyring.openers(folder / f"{name}.key.pem"),
                trusted_points(folder / "point/ca.pem"), folder / f"{name}-out", now=NOW)
"""


@dataclass(frozen=True)
class Row:
    """One measurement."""

    what: str
    seconds: float
    peak_mb: int


def measured(what: str, command: list[str], folder: Path) -> Row:
    """Run `command` and take its time and its own peak memory."""
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{what} failed")
    return Row(what, time.monotonic() - started, usage.ru_maxrss // 1024)


def ours(name: str, folder: Path) -> list[Row]:
    """Sealing and opening by this project, Python's start included."""
    return [
        measured(f"vireille {what} ({name})", [sys.executable, "-c", _OURS, what, name, str(folder)], folder)
        for what in ("seal", "open")
    ]


def openssl(name: str, folder: Path) -> list[Row]:
    """The same four steps by OpenSSL's command line."""
    options = {"ec": "ecdh_kdf_md:sha256", "rsa": "rsa_padding_mode:oaep"}
    cms, der = ["openssl", "cms"], ["-binary", "-outform", "DER"]
    sign = [*cms, "-sign", "-cades", *der, "-in", "scan.pdf", "-signer", "point/point.cert.pem", "-inkey",
            "point/point.key.pem", "-out", "s.p7s"]  # fmt: skip
    encrypt = [*cms, "-encrypt", "-aes-256-gcm", *der, "-in", "scan.pdf", "-recip", f"{name}.cert.pem", "-keyopt",
               options[name], "-out", "o.p7m"]  # fmt: skip
    decrypt = [*cms, "-decrypt", "-binary", "-inform", "DER", "-in", "o.p7m", "-inkey", f"{name}.key.pem", "-recip",
               f"{name}.cert.pem", "-out", "o.out"]  # fmt: skip
    verify = [*cms, "-verify", "-cades", "-binary", "-inform", "DER", "-in", "s.p7s", "-content", "o.out", "-CAfile",
              "point/ca.pem", "-purpose", "any", "-out", os.devnull]  # fmt: skip
    steps = (("sign", sign), ("encrypt", encrypt), ("decrypt", decrypt), ("verify", verify))
    return [measured(f"openssl {what} ({name})", command, folder) for what, command in steps]


def age(folder: Path) -> list[Row]:
    """Encryption only, by age, where it is installed."""
    program, keygen = shutil.which("age"), shutil.which("age-keygen")
    if program is None or keygen is None:
        return []
    told = subprocess.run([keygen, "-o", str(folder / "age.key")], capture_output=True, text=True, check=True)
    recipient = told.stderr.split()[-1]
    return [
        measured("age encrypt (x25519)", [program, "-r", recipient, "-o", "a.age", "scan.pdf"], folder),
        measured("age decrypt (x25519)", [program, "-d", "-i", "age.key", "-o", "a.out", "a.age"], folder),
    ]


def prepared(folder: Path, megabytes: int) -> None:
    """Keys of everybody and a file that does not compress."""
    from workers.seal import keyring

    world = make_world()
    keyring.new_point(folder / "point", "saarijarvi", now=NOW)
    identities: dict[str, Identity] = {"ec": world.vero, "rsa": world.vero_rsa}
    for name, identity in identities.items():
        written(identity, folder, name)
    assert keys.load_certificate(folder / "ec.cert.pem") == world.vero.certificate
    with (folder / "scan.pdf").open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))


def main() -> None:
    """Print the table."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 95
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared(folder, megabytes)
        rows = [row for kind in ("ec", "rsa") for row in (*ours(kind, folder), *openssl(kind, folder))] + age(folder)
    lines = [f"{megabytes} MB, one file, one run each", f"{'what':<24}{'seconds':>9}{'MB/s':>8}{'peak MB':>9}"]
    lines += [f"{row.what:<24}{row.seconds:>9.2f}{megabytes / row.seconds:>8.0f}{row.peak_mb:>9}" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
