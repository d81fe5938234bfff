"""Make the test vectors anew: `python -m tests.seal.make_vectors`. The keys are for tests only and open nothing else.

A vector is a bundle or receipt as a file, with what must happen to it in `vectors.json`. Old vectors must go on
opening; a format that changes adds new ones beside them: `python -m tests.seal.make_vectors newer`.
"""

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.seal.world import World, content, make_world, opener, run
from workers.seal import certificates, keys, signature
from workers.seal.container import container
from workers.seal.envelope import decrypt, encrypted, parse, plan
from workers.seal.keys import Identity
from workers.seal.manifest import to_json
from workers.seal.seal import Original, PointKeys, SealInput, seal
from workers.seal.zip import Archive, FromBytes, measure
from workers.send.receipt import Receipt

FOLDER = Path(__file__).parent / "vectors"
AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
_DAYS = 36_500


def main() -> None:
    """Write keys, bundles, receipts and what is expected of them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    world = _lasting_world()
    keys.save_certificate(FOLDER / "ca.pem", world.ca.certificate)
    for name, identity in (("vero", world.vero), ("vero-rsa", world.vero_rsa), ("kela", world.kela)):
        keys.save_certificate(FOLDER / f"{name}.cert.pem", identity.certificate)
        keys.save_key(FOLDER / f"{name}.key.pem", identity.key)
    expected = {**_bundles(world), **_receipts(world)}
    (FOLDER / "vectors.json").write_text(json.dumps(expected, indent=2) + "\n")
    add_newer()


def add_newer() -> None:
    """Beside the others: a bundle and a receipt as a later release may write them, with keys nobody knows today."""
    ca = certificates.new_ca("saarijarvi", now=AT, days=_DAYS)
    signer = certificates.new_signing("saarijarvi", ca, now=AT, days=_DAYS)
    vero = Identity(keys.load_certificate(FOLDER / "vero.cert.pem"), keys.load_key(FOLDER / "vero.key.pem"))
    keys.save_certificate(FOLDER / "newer-ca.pem", ca.certificate)
    with TemporaryDirectory() as name:
        given = SealInput(content(handed_over=AT), (Original(b"%PDF-1.7 scan"),), b"%PDF-1.7 document")
        point = PointKeys(signer, ca.certificate, b"k" * 32)
        made = seal(given, (vero.certificate,), point, into=Path(name), now=AT).manifest
    planned = plan((vero.certificate,))
    said = grown(json.loads(to_json(made.model_copy(update={"envelope": planned.mark}))))
    parts = {"bundle.json": json.dumps(said).encode(), "original/001.pdf": b"%PDF-1.7 scan",
             "document.pdf": b"%PDF-1.7 document"}  # fmt: skip
    inner = measure("filing.zip", Archive(tuple(measure(name, FromBytes(data)) for name, data in parts.items())))
    asics = container(inner, signature.sign_detached(bytes.fromhex(inner.sha256), signer, at=AT))
    (FOLDER / "newer.p7m").write_bytes(b"".join(encrypted(planned, asics.size, asics.chunks())))
    receipt = {"schema": 7, "bundle": "ab" * 16, "sha256": "cd" * 32, "outcome": "accepted", "reason": None,
               "note": None, "at": "2026-11-24T04:00:00.000Z", "unit": "turku", "clerks": {"count": 2}}  # fmt: skip
    (FOLDER / "receipt-newer.p7s").write_bytes(signature.sign_embedded(json.dumps(receipt).encode(), vero, at=AT))
    expected = json.loads((FOLDER / "vectors.json").read_text()) | {
        "newer.p7m": {"opens_with": ["vero"], "refused_with": ["vero-rsa", "kela"]},
        "receipt-newer.p7s": {"verifies_with": ["vero"], "refused_with": ["kela", "vero-rsa"]},
    }
    (FOLDER / "vectors.json").write_text(json.dumps(expected, indent=2) + "\n")


def grown(said: object) -> object:
    """A JSON document whose objects all have a key more, but for those whose keys are names."""
    if isinstance(said, list):
        return [grown(one) for one in said]
    if not isinstance(said, dict):
        return said
    named = {key: {name: grown(one) for name, one in said[key].items()} for key in ("files", "fields") if key in said}
    named |= {key: said[key] for key in ("roles", "titles", "labels", "options") if key in said}
    more = {key: grown(value) for key, value in said.items()} | named | {"of_a_later_release": {"kind": [1, "two"]}}
    return more | ({"schema": 7} if "schema" in said else {})


def _lasting_world() -> World:
    fresh = make_world()
    ca = certificates.new_ca("saarijarvi", now=AT, days=_DAYS)
    signer = certificates.new_signing("saarijarvi", ca, now=AT, days=_DAYS)
    return World(
        ca=ca,
        point=PointKeys(signer, ca.certificate, fresh.point.id_key),
        vero=certificates.new_provider("vero", now=AT, days=_DAYS),
        vero_rsa=certificates.new_provider("vero", now=AT, days=_DAYS, kind="rsa3072"),
        kela=certificates.new_provider("kela", now=AT, days=_DAYS),
    )


def _bundles(world: World) -> dict[str, dict[str, object]]:
    both = (world.vero.certificate, world.vero_rsa.certificate)
    with TemporaryDirectory() as name:
        folder = Path(name)
        given = SealInput(content(handed_over=AT), (Original(b"%PDF-1.7 scan"),), b"%PDF-1.7 document")
        good = seal(given, both, world.point, into=folder, now=AT).path
        with (folder / "b.asics").open("wb") as plain:
            decrypt(good, [opener(world.vero)], plain.write)
        run(
            "openssl cms -encrypt -binary -aes-256-gcm -outform DER -in b.asics -out openssl.p7m "
            f"-recip {FOLDER}/vero.cert.pem -keyopt ecdh_kdf_md:sha256 "
            f"-recip {FOLDER}/vero-rsa.cert.pem -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256",
            folder,
        )
        asics = (folder / "b.asics").read_bytes()
        whole, openssl = good.read_bytes(), (folder / "openssl.p7m").read_bytes()
    with (FOLDER / "good.p7m").open("w+b") as file:
        file.write(whole)
        start = parse(file).start
    altered = {
        "cut": whole[:-1],
        "grown": whole + b"\0",
        "header-bit": whole[:150] + bytes([whole[150] ^ 1]) + whole[151:],
        "content-bit": whole[: start + 9] + bytes([whole[start + 9] ^ 1]) + whole[start + 10 :],
        "tag-bit": whole[:-1] + bytes([whole[-1] ^ 1]),
        "passed-on": b"".join(encrypted(plan((world.kela.certificate,)), len(asics), [asics])),
    }
    (FOLDER / "openssl.p7m").write_bytes(openssl)
    for name, data in altered.items():
        (FOLDER / f"{name}.p7m").write_bytes(data)
    good_keys = ["vero", "vero-rsa"]
    return {
        "good.p7m": {"opens_with": good_keys, "refused_with": ["kela"]},
        "openssl.p7m": {"opens_with": good_keys, "refused_with": ["kela"]},
        **{f"{name}.p7m": {"opens_with": [], "refused_with": [*good_keys, "kela"]} for name in altered},
    }


def _receipts(world: World) -> dict[str, dict[str, object]]:
    receipt = Receipt(bundle="ab" * 16, sha256="cd" * 32, outcome="accepted", at=AT).model_dump_json().encode()
    (FOLDER / "receipt.p7s").write_bytes(signature.sign_embedded(receipt, world.vero, at=AT))
    (FOLDER / "receipt-kela.p7s").write_bytes(signature.sign_embedded(receipt, world.kela, at=AT))
    return {
        "receipt.p7s": {"verifies_with": ["vero"], "refused_with": ["kela", "vero-rsa"]},
        "receipt-kela.p7s": {"verifies_with": ["kela"], "refused_with": ["vero", "vero-rsa"]},
    }


if __name__ == "__main__":
    add_newer() if sys.argv[1:] == ["newer"] else main()
