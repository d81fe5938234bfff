"""E-13: only a signed receipt of this provider, for this bundle and these bytes, confirms."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from intake.base.clock import iso
from intake.base.errors import Untrusted, WrongUse
from tests.backoffice.conftest import Street
from tests.seal.world import NOW, World, run, written
from workers.seal import certificates, signature
from workers.seal.keys import Identity
from workers.send.receipt import Receipt, check_receipt, fetch_receipt, receipt_key, send_receipt

BUNDLE, SHA256 = "ab" * 16, "cd" * 32


def receipt(**changes: object) -> Receipt:
    """A receipt for a bundle."""
    said = {"bundle": BUNDLE, "sha256": SHA256, "outcome": "accepted", "at": NOW} | changes
    return Receipt.model_validate(said)


def signed(content: bytes, identity: Identity) -> bytes:
    """`content` signed by `identity`."""
    return signature.sign_embedded(content, identity, at=NOW)


def put(street: Street, data: bytes, attempt: int = 1) -> None:
    """Lay `data` where the receipt belongs."""
    path = street.store.root / receipt_key("vero", BUNDLE, attempt)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def fetch(street: Street) -> Receipt | None:
    """The point looks for the receipt."""
    return fetch_receipt(street.store, street.vero, bundle=BUNDLE, sha256=SHA256, now=NOW)


def test_no_receipt_is_none(street: Street) -> None:
    """E-13: missing is not forged."""
    assert fetch(street) is None


def test_a_good_receipt_confirms(street: Street) -> None:
    """The pattern for the refusals below."""
    put(street, signed(receipt().model_dump_json().encode(), street.world.vero))

    assert fetch(street) == receipt()


def test_a_receipt_made_with_stock_openssl_confirms(street: Street, tmp_path: Path) -> None:
    """The command of the contract; the store is a folder, or `aws s3 cp` away."""
    certificate, key = written(street.world.vero, tmp_path, "office")
    told = {
        "bundle": BUNDLE,
        "sha256": SHA256,
        "outcome": "returned",
        "reason": "wrong_unit",
        "note": "to Turku",
        "at": iso(NOW),
    }
    (tmp_path / "receipt.json").write_text(json.dumps(told))
    done = run(
        f"openssl cms -sign -cades -binary -nodetach -outform DER -signer {certificate} -inkey {key} "
        "-in receipt.json -out receipt.p7s",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    put(street, (tmp_path / "receipt.p7s").read_bytes())

    assert fetch(street) == receipt(outcome="returned", reason="wrong_unit", note="to Turku")


def test_our_receipt_verifies_with_stock_openssl(street: Street, tmp_path: Path) -> None:
    """A point without our code could check it."""
    certificate, _ = written(street.world.vero, tmp_path, "office")
    (tmp_path / "r.p7s").write_bytes(signed(b"{}", street.world.vero))

    done = run(
        f"openssl cms -verify -cades -binary -inform DER -in r.p7s -CAfile {certificate} -purpose any -out content",
        tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "content").read_bytes() == b"{}"


def detached(world: World) -> bytes:
    """A signature that does not carry what it signs."""
    return signature.sign_detached(b"x" * 32, world.vero, at=NOW)


FORGERIES: dict[str, Callable[[World], bytes]] = {
    "another bundle": lambda world: signed(receipt(bundle="ef" * 16).model_dump_json().encode(), world.vero),
    "other bytes": lambda world: signed(receipt(sha256="ef" * 32).model_dump_json().encode(), world.vero),
    "another provider": lambda world: signed(receipt().model_dump_json().encode(), world.kela),
    "the point itself": lambda world: signed(receipt().model_dump_json().encode(), world.point.signer),
    "from the future": lambda world: signed(
        receipt(at=NOW + timedelta(hours=1)).model_dump_json().encode(), world.vero
    ),
    "before the certificate": lambda world: signed(
        receipt(at=NOW - timedelta(days=2)).model_dump_json().encode(), world.vero
    ),
    "not json": lambda world: signed(b"accepted", world.vero),
    "unknown outcome": lambda world: signed(
        receipt().model_dump_json().replace("accepted", "lost").encode(), world.vero
    ),
    "no content": lambda world: detached(world),
    "not signed": lambda world: receipt().model_dump_json().encode(),
    "nothing": lambda world: b"",
    "too large": lambda world: b"0" * 200_000,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_or_wrong_receipt_confirms_nothing(street: Street, forgery: str) -> None:
    """E-13: it is told as untrusted, never taken, never silent."""
    put(street, FORGERIES[forgery](street.world))

    with pytest.raises(Untrusted):
        fetch(street)


def test_a_changed_byte_of_a_receipt_is_seen(street: Street) -> None:
    """Bits here and there: refused, or (where it is not of the signature's matter) the very same receipt."""
    whole = signed(receipt().model_dump_json().encode(), street.world.vero)

    for place in range(0, len(whole), 16):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        put(street, bytes(changed))
        try:
            found = fetch(street)
        except Untrusted:
            continue
        assert found == receipt()


@pytest.mark.parametrize(
    ("word", "other"), [(b'"accepted"', b'"returned"'), (SHA256.encode(), b"ef" * 32), (BUNDLE.encode(), b"ef" * 16)]
)
def test_a_changed_word_of_a_receipt_is_refused(street: Street, word: bytes, other: bytes) -> None:
    """The content is exchanged under the signature, at the same length."""
    whole = signed(receipt().model_dump_json().encode(), street.world.vero)
    assert whole.count(word) == 1
    changed = whole.replace(word, other)

    with pytest.raises(Untrusted):
        check_receipt(changed, street.vero.certificates, now=NOW)


def test_a_changed_signature_value_is_refused(street: Street) -> None:
    """Each of the last bytes, which are the signature itself."""
    whole = signed(receipt().model_dump_json().encode(), street.world.vero)

    for place in range(len(whole) - 20, len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(Untrusted):
            check_receipt(bytes(changed), street.vero.certificates, now=NOW)


def test_a_certificate_whose_pin_has_ended_no_longer_confirms(street: Street) -> None:
    """The operator ended it in the provider file; inside its window it counts."""
    put(street, signed(receipt().model_dump_json().encode(), street.world.vero))
    pin = street.vero.certificates[0]

    def fetched(**window: object) -> Receipt | None:
        ended = street.vero.model_copy(update={"certificates": (pin.model_copy(update=window),)})
        return fetch_receipt(street.store, ended, bundle=BUNDLE, sha256=SHA256, now=NOW)

    day = NOW.date()
    assert fetched(valid_from=day, valid_until=day) == receipt()
    for window in ({"valid_until": day - timedelta(days=1)}, {"valid_from": day + timedelta(days=1)}):
        with pytest.raises(Untrusted):
            fetched(**window)


def test_junk_in_the_receipts_place_does_not_keep_the_true_one_out(street: Street) -> None:
    """Somebody else wrote there first: the office takes the next name, the point finds it."""
    put(street, b"junk")

    send_receipt(street.store, "vero", receipt(), street.world.vero)

    assert fetch(street) == receipt()
    assert (street.store.root / receipt_key("vero", BUNDLE)).read_bytes() == b"junk"


def test_a_repeated_receipt_changes_nothing_and_another_outcome_is_refused(street: Street) -> None:
    """The first stands, also over a later time."""
    first = send_receipt(street.store, "vero", receipt(), street.world.vero)

    again = send_receipt(street.store, "vero", receipt(at=NOW + timedelta(minutes=5)), street.world.vero)

    assert again == first
    with pytest.raises(WrongUse):
        send_receipt(street.store, "vero", receipt(outcome="returned"), street.world.vero)


def test_a_receipt_that_comes_a_year_late_still_confirms(street: Street) -> None:
    """Late is late, not wrong; the certificate was valid when it was signed."""
    put(street, signed(receipt().model_dump_json().encode(), street.world.vero))

    late = NOW + timedelta(days=365 * 3)
    assert fetch_receipt(street.store, street.vero, bundle=BUNDLE, sha256=SHA256, now=late) == receipt()


def test_f05_an_ended_certificate_signs_no_receipt(street: Street) -> None:
    """The office is told before it sends what nobody would believe."""
    from intake.base.errors import Unsealable

    ended = certificates.new_provider("vero", now=NOW - timedelta(days=20), days=10)

    with pytest.raises(Unsealable):
        send_receipt(street.store, "vero", receipt(), ended)
