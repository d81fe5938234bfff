"""F-04, F-05, F-06: which keys and certificates may be used, how they lie on the disk, how they are changed."""

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from intake.base.errors import BadFile, Unsealable, VireilleError
from tests.seal.world import NOW, World, filing, opener, run, sealed
from workers.seal import certificates, keyring, keys
from workers.seal.certificates import Use
from workers.seal.open import open_bundle
from workers.seal.seal import PointKeys, recipients_for, seal
from workers.seal.trust import TrustedPoint, trusted_points

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Pin:
    """A certificate as a provider file pins it."""

    path: Path
    fingerprint: str
    valid_from: date | None = None
    valid_until: date | None = None


def pin(folder: Path, certificate: x509.Certificate, **window: date) -> Pin:
    """`certificate` written and pinned."""
    path = folder / f"{keys.fingerprint(certificate)[7:19]}.pem"
    keys.save_certificate(path, certificate)
    return Pin(path, keys.fingerprint(certificate), **window)


def made(key: object, *, usage: x509.KeyUsage | None, purpose: str | None = None) -> x509.Certificate:
    """A self-signed certificate with a defect of the caller's choice."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vero")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())  # type: ignore[attr-defined]
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=100))
    )
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)]), critical=False)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm)  # type: ignore[arg-type]


def usage(*names: str) -> x509.KeyUsage:
    """Key usage with only `names`."""
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: name in names for name in every})


RECEIVES = usage("digital_signature", "key_agreement", "key_encipherment")
DEFECTS = {
    "weak rsa": lambda: made(rsa.generate_private_key(public_exponent=65537, key_size=2048), usage=RECEIVES),
    "other curve": lambda: made(ec.generate_private_key(ec.SECP384R1()), usage=RECEIVES),
    "ed25519": lambda: made(ed25519.Ed25519PrivateKey.generate(), usage=RECEIVES),
    "signs only": lambda: made(ec.generate_private_key(ec.SECP256R1()), usage=usage("digital_signature")),
    "a server's": lambda: made(ec.generate_private_key(ec.SECP256R1()), usage=RECEIVES, purpose="1.3.6.1.5.5.7.3.1"),
    "a ca": lambda: made(ec.generate_private_key(ec.SECP256R1()), usage=usage("key_cert_sign")),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_f05_an_unfit_certificate_is_not_sealed_to(world: World, tmp_path: Path, defect: str) -> None:
    """Weak, of another kind, for another use: refused with words, by the choice of recipients and by sealing itself."""
    certificate = DEFECTS[defect]()

    with pytest.raises(Unsealable) as caught:
        recipients_for([pin(tmp_path, certificate)], now=NOW)
    with pytest.raises(Unsealable):
        seal(filing(), [certificate], world.point, into=tmp_path, now=NOW)
    assert len(caught.value.message) > 30
    assert not list(tmp_path.glob("*.p7m"))


@pytest.mark.parametrize(
    "limits", ["", "-addext keyUsage=digitalSignature,keyAgreement -addext extendedKeyUsage=emailProtection"]
)
def test_f05_a_certificate_as_stock_openssl_makes_it_is_fit(world: World, tmp_path: Path, limits: str) -> None:
    """An authority needs no tool of ours to make its key; a certificate without limits may be used for all."""
    done = run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -days 9 "
        f"-subj /CN=vero {limits}",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    certificate = keys.load_certificate(tmp_path / "c.pem")

    chosen = recipients_for([Pin(tmp_path / "c.pem", keys.fingerprint(certificate))], now=datetime.now(UTC))
    bundle = seal(filing(), chosen, world.point, into=tmp_path, now=datetime.now(UTC))
    by = keyring.openers(tmp_path / "k.pem")

    assert open_bundle(bundle.path, by, world.trusted, tmp_path / "out", now=datetime.now(UTC)) == bundle.manifest


def test_f05_the_edges_of_validity_count_to_the_second(world: World) -> None:
    """Valid from the first to the last second, and not one more on either side."""
    certificate = world.vero.certificate
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc

    certificates.check(certificate, Use.RECEIVE, at=first)
    certificates.check(certificate, Use.RECEIVE, at=last)
    with pytest.raises(Unsealable, match="not valid before"):
        certificates.check(certificate, Use.RECEIVE, at=first - SECOND)
    with pytest.raises(Unsealable, match="expired"):
        certificates.check(certificate, Use.RECEIVE, at=last + SECOND)


def test_f05_the_points_own_certificate_must_be_fit_too(world: World, tmp_path: Path) -> None:
    """Issued by another CA, in another point's name, ended, or for another use: no sealing."""
    other_ca = certificates.new_ca("oulu", now=NOW)
    unfit = {
        "another CA": replace(world.point, ca=other_ca.certificate),
        "another name": replace(world.point, signer=certificates.new_signing("oulu", world.ca, now=NOW)),
        "not a CA": replace(world.point, ca=world.point.signer.certificate),
        "ended": replace(world.point, signer=certificates.new_signing("saarijarvi", world.ca, now=NOW, days=0)),
        "wrong use": replace(world.point, signer=world.ca),
    }

    for point in unfit.values():
        with pytest.raises(Unsealable):
            seal(filing(), [world.vero.certificate], point, into=tmp_path, now=NOW + SECOND)
    assert list(tmp_path.iterdir()) == []


def test_f05_warnings_come_30_14_and_3_days_before_the_end(world: World) -> None:
    """Each level is reached at its day, the tightest one is told, the end is told as 0."""
    certificate = world.vero.certificate
    end = certificate.not_valid_after_utc
    before = {days: [one.level for one in certificates.ending((certificate,), now=end - timedelta(days=days))]
              for days in (31, 30, 15, 14, 4, 3, 0)}  # fmt: skip

    assert before == {31: [], 30: [30], 15: [30], 14: [14], 4: [14], 3: [3], 0: [3]}
    assert [one.level for one in certificates.ending((certificate,), now=end + SECOND)] == [0]


def test_f06_a_swapped_certificate_stops_sealing_even_beside_a_good_one(world: World, tmp_path: Path) -> None:
    """The file is another than the pinned fingerprint says."""
    good = pin(tmp_path, world.vero.certificate)
    swapped = replace(pin(tmp_path, world.kela.certificate), fingerprint=keys.fingerprint(world.vero_rsa.certificate))

    assert recipients_for([good], now=NOW) == (world.vero.certificate,)
    with pytest.raises(Unsealable, match="pins"):
        recipients_for([good, swapped], now=NOW)


def test_f04_during_a_rollover_bundles_go_to_both_and_afterwards_to_the_new_one(world: World, tmp_path: Path) -> None:
    """Windows in the provider file: old only, both, new only, and neither."""
    day = NOW.date()
    old = pin(tmp_path, world.vero.certificate, valid_until=day + timedelta(days=1))
    new = pin(tmp_path, world.vero_rsa.certificate, valid_from=day)

    def chosen(offset: int) -> set[str]:
        moment = NOW + timedelta(days=offset)
        return {keys.fingerprint(one) for one in recipients_for([old, new], now=NOW, day=moment.date())}

    assert chosen(-1) == {old.fingerprint}
    assert chosen(0) == chosen(1) == {old.fingerprint, new.fingerprint}
    assert chosen(2) == {new.fingerprint}
    with pytest.raises(Unsealable):
        recipients_for([old], now=NOW, day=day + timedelta(days=2))
    with pytest.raises(Unsealable):
        recipients_for([], now=NOW)


def test_f04_a_certificate_that_ended_is_left_out_beside_a_fit_one(world: World, tmp_path: Path) -> None:
    """The fit one gets the bundle; alone, the ended one holds the filing."""
    ended = pin(tmp_path, certificates.new_provider("vero", now=NOW - timedelta(days=20), days=10).certificate)
    fit = pin(tmp_path, world.vero.certificate)

    assert recipients_for([ended, fit], now=NOW) == (world.vero.certificate,)
    with pytest.raises(Unsealable, match="expired"):
        recipients_for([ended], now=NOW)


def test_f04_old_bundles_open_after_both_sides_rotated(world: World, tmp_path: Path) -> None:
    """Keys are changed after sealing: the keys kept aside open the old bundle, the new ones a new bundle."""
    theirs, ours = tmp_path / "office", tmp_path / "point"
    theirs.mkdir()
    point = keyring.new_point(ours, "saarijarvi", now=NOW)
    first = keyring.new_provider(theirs, "vero", now=NOW)
    old = seal(filing(), [first.certificate], point, into=tmp_path, now=NOW)

    keyring.rotate_provider(theirs, "vero", now=NOW)
    keyring.rotate_point(ours, "saarijarvi", now=NOW)
    openers = keyring.openers(theirs / "vero.key.pem")
    assert openers[0].certificate is not None
    new = seal(filing("f2"), [openers[0].certificate], keyring.load_point(ours), into=tmp_path, now=NOW)

    assert len(openers) == 2
    for number, bundle in enumerate((old, new)):
        out = tmp_path / f"out{number}"
        assert open_bundle(bundle.path, openers, trusted_points(ours / "ca.pem"), out, now=NOW) == bundle.manifest
    assert keyring.load_point(ours).id_key == point.id_key


def test_f10_without_the_key_a_bundle_is_lost_and_with_the_kept_copy_it_is_not(world: World, tmp_path: Path) -> None:
    """The drill: the key folder is lost, its copy under the passphrase brings it back."""
    office, safe = tmp_path / "office", tmp_path / "safe"
    identity = keyring.new_provider(office, "vero", now=NOW, secret=b"long words")
    bundle = sealed(world, tmp_path, [identity])
    shutil.copytree(office, safe)
    shutil.rmtree(office)

    with pytest.raises(BadFile):
        keyring.openers(office / "vero.key.pem", secret=b"long words")
    restored = keyring.openers(safe / "vero.key.pem", secret=b"long words")

    assert open_bundle(bundle.path, restored, world.trusted, tmp_path / "out", now=NOW) == bundle.manifest


def test_a_point_of_another_ca_seals_under_its_own_name_only(world: World, tmp_path: Path) -> None:
    """Two points, two CAs: an office that trusts both opens both, one that trusts one refuses the other."""
    ca = certificates.new_ca("oulu", now=NOW)
    oulu = PointKeys(certificates.new_signing("oulu", ca, now=NOW), ca.certificate, b"o" * 32)
    bundle = seal(filing(point="oulu"), [world.vero.certificate], oulu, into=tmp_path, now=NOW)

    with pytest.raises(VireilleError):
        open_bundle(bundle.path, [opener(world.vero)], world.trusted, tmp_path / "out", now=NOW)
    both = (*world.trusted, TrustedPoint(ca.certificate, "oulu"))
    assert open_bundle(bundle.path, [opener(world.vero)], both, tmp_path / "out", now=NOW).point == "oulu"


def test_what_cannot_be_sealed_says_why_in_the_advisors_languages(world: World, tmp_path: Path) -> None:
    """Another's certificate, none pinned, one that has ended, a swapped one, a bundle that is too large."""
    point, ended = world.point, certificates.new_provider("vero", now=NOW - timedelta(days=20), days=10).certificate
    swapped = replace(pin(tmp_path, world.kela.certificate), fingerprint=keys.fingerprint(ended))
    tries = {
        "ei ole pisteen ”elsewhere” varmenne": lambda: seal(
            filing(point="elsewhere"), [world.vero.certificate], point, into=tmp_path, now=NOW
        ),
        "pisteellä ei ole viranomaisen varmennetta": lambda: recipients_for([], now=NOW),
        "viranomaisen varmenne on vanhentunut": lambda: recipients_for([pin(tmp_path, ended)], now=NOW),
        "vaihtunut ilman hyväksyntää": lambda: recipients_for([swapped], now=NOW),
        "pisteen allekirjoitusvarmenne on vanhentunut": lambda: seal(
            filing(), [world.vero.certificate], point, into=tmp_path, now=NOW + timedelta(days=4000)
        ),
        "enintään 0 Mt": lambda: seal(
            filing(), [world.vero.certificate], point, into=tmp_path, now=NOW, max_bytes=100
        ),
    }  # fmt: skip

    for words, attempt in tries.items():
        with pytest.raises(Unsealable) as caught:
            attempt()
        assert words in caught.value.text.fi
        assert len({caught.value.text.fi, caught.value.text.sv, caught.value.text.en}) == 3
