"""Bundles and receipts kept as files go on meaning what they meant."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from intake.base.errors import Untrusted
from tests.seal.make_vectors import AT, FOLDER
from workers.seal import keys, signature
from workers.seal.envelope import Opener
from workers.seal.open import open_bundle
from workers.seal.trust import trusted_points
from workers.send.receipt import receipt_from_json

VECTORS = json.loads((FOLDER / "vectors.json").read_text())
BUNDLES = [name for name in VECTORS if name.endswith(".p7m")]
RECEIPTS = [name for name in VECTORS if name.endswith(".p7s")]


def opener(name: str) -> Opener:
    """The test key `name`; read here, because a checkout does not keep its mode."""
    key = serialization.load_pem_private_key((FOLDER / f"{name}.key.pem").read_bytes(), None)
    assert isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey))
    return Opener(key, keys.load_certificate(FOLDER / f"{name}.cert.pem"))


@pytest.mark.parametrize("vector", BUNDLES)
def test_a_bundle_vector_opens_with_the_keys_it_names_and_no_other(tmp_path: Path, vector: str) -> None:
    """As written in vectors.json."""
    points = trusted_points(FOLDER, "*ca.pem")

    for name in VECTORS[vector]["opens_with"]:
        manifest = open_bundle(FOLDER / vector, [opener(name)], points, tmp_path / name, now=AT)
        assert manifest.files["document.pdf"].bytes == len(b"%PDF-1.7 document")
    for name in VECTORS[vector]["refused_with"]:
        with pytest.raises(Untrusted):
            open_bundle(FOLDER / vector, [opener(name)], points, tmp_path / name, now=AT)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(VECTORS[vector]["opens_with"])


@pytest.mark.parametrize("vector", RECEIPTS)
def test_a_receipt_vector_verifies_under_its_signer_only(vector: str) -> None:
    """As written in vectors.json."""
    data = (FOLDER / vector).read_bytes()

    for name in VECTORS[vector]["verifies_with"]:
        content, _ = signature.verify_embedded(data, keys.load_certificates(FOLDER / f"{name}.cert.pem"))
        assert json.loads(content)["outcome"] == receipt_from_json(content).outcome == "accepted"
    for name in VECTORS[vector]["refused_with"]:
        with pytest.raises(Untrusted):
            signature.verify_embedded(data, keys.load_certificates(FOLDER / f"{name}.cert.pem"))
