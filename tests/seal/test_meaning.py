"""F-02: what the signed content says of point, provider and files is what counts; and what else opens."""

import io
from datetime import timedelta
from pathlib import Path

import pytest

from intake.base.errors import Untrusted, WrongUse
from tests.seal.opening import refused, try_open
from tests.seal.world import NOW, World, opener, run, sealed, written
from workers.seal.container import container
from workers.seal.envelope import Opener, decrypt, encrypted, plan
from workers.seal.manifest import to_json
from workers.seal.open import open_bundle
from workers.seal.signature import sign_detached
from workers.seal.trust import TrustedPoint
from workers.seal.zip import Archive, FromBytes, measure


def test_f02_only_the_recipients_key_opens(world: World, tmp_path: Path) -> None:
    """Each key against each bundle: a bundle opens with the keys it was sealed to and with no other."""
    people = {"vero": world.vero, "rsa": world.vero_rsa, "kela": world.kela}
    for sealed_to in ("vero", "rsa", "kela"):
        folder = tmp_path / sealed_to
        folder.mkdir()
        bundle = sealed(world, folder, [people[sealed_to]])
        for key, identity in people.items():
            for by in (opener(identity), Opener(identity.key)):
                if key == sealed_to:
                    out = folder / f"out-{by.certificate is None}"
                    open_bundle(bundle.path, [by], world.trusted, out, now=NOW)
                else:
                    with refused(folder):
                        try_open(world, bundle.path, by)


def test_f02_a_provider_cannot_pass_a_bundle_on_as_if_it_were_sealed_for_another(world: World, tmp_path: Path) -> None:
    """Vero puts the signed container into an envelope for Kela: Kela sees that it was not meant."""
    bundle = sealed(world, tmp_path)
    plain = io.BytesIO()
    decrypt(bundle.path, [opener(world.vero)], plain.write)
    asics = plain.getvalue()
    passed_on = tmp_path / "passed.p7m"
    passed_on.write_bytes(b"".join(encrypted(plan((world.kela.certificate,)), len(asics), [asics])))

    with refused(tmp_path):
        try_open(world, passed_on, opener(world.kela))


@pytest.mark.parametrize("lie", ["point", "files", "missing", "extra", "no signature", "other signer", "other digest"])
def test_f02_content_that_does_not_fit_its_signature_or_list_is_refused(world: World, tmp_path: Path, lie: str) -> None:
    """Somebody with the provider's public key makes bundles of their own; none opens."""
    true = sealed(world, tmp_path).manifest
    planned = plan((world.vero.certificate,))
    said = true.model_copy(update={"envelope": planned.mark} | ({"point": "oulu"} if lie == "point" else {}))
    listed = {"original/001.pdf": b"%PDF-1.7 two pages by the scanner", "document.pdf": b"%PDF-1.7 upright pages"}
    if lie == "files":
        listed["document.pdf"] = b"%PDF-1.7 another page."
    if lie == "missing":
        del listed["document.pdf"]
    if lie == "extra":
        listed["original/002.pdf"] = b"%PDF more"
    names = ("bundle.json", *listed)
    parts = (to_json(said), *listed.values())
    entries = tuple(measure(name, FromBytes(part)) for name, part in zip(names, parts, strict=True))
    inner = measure("filing.zip", Archive(entries))
    signer = world.kela if lie == "other signer" else world.point.signer
    digest = b"x" * 32 if lie == "other digest" else bytes.fromhex(inner.sha256)
    signed = b"" if lie == "no signature" else sign_detached(digest, signer, at=NOW)
    asics = container(inner, signed)
    forged = tmp_path / "forged.p7m"
    forged.write_bytes(b"".join(encrypted(planned, asics.size, asics.chunks())))

    with refused(tmp_path):
        try_open(world, forged, opener(world.vero))


def test_an_honest_bundle_made_by_hand_opens(world: World, tmp_path: Path) -> None:
    """The forger's workshop above, without a lie: so each refusal there is for its lie."""
    true = sealed(world, tmp_path).manifest
    planned = plan((world.vero.certificate,))
    said = true.model_copy(update={"envelope": planned.mark})
    listed = {"bundle.json": to_json(said), "original/001.pdf": b"%PDF-1.7 two pages by the scanner",
              "document.pdf": b"%PDF-1.7 upright pages"}  # fmt: skip
    inner = measure("filing.zip", Archive(tuple(measure(name, FromBytes(part)) for name, part in listed.items())))
    asics = container(inner, sign_detached(bytes.fromhex(inner.sha256), world.point.signer, at=NOW))
    made = tmp_path / "made.p7m"
    made.write_bytes(b"".join(encrypted(planned, asics.size, asics.chunks())))

    try_open(world, made, opener(world.vero))

    assert (tmp_path / "out/document.pdf").is_file()


def test_f02_a_bundle_of_an_unknown_point_is_refused(world: World, tmp_path: Path) -> None:
    """The signature is right, but nobody here trusts that CA."""
    bundle = sealed(world, tmp_path)

    with refused(tmp_path):
        open_bundle(
            bundle.path,
            [opener(world.vero)],
            [TrustedPoint(world.vero.certificate, "saarijarvi")],
            tmp_path / "out",
            now=NOW,
        )
    with refused(tmp_path):
        open_bundle(bundle.path, [opener(world.vero)], [], tmp_path / "out", now=NOW)


def test_a_bundle_from_the_future_is_refused(world: World, tmp_path: Path) -> None:
    """A clock an hour behind does not open it; five minutes are forgiven."""
    bundle = sealed(world, tmp_path)

    with refused(tmp_path):
        open_bundle(bundle.path, [opener(world.vero)], world.trusted, tmp_path / "out", now=NOW - timedelta(hours=1))
    open_bundle(bundle.path, [opener(world.vero)], world.trusted, tmp_path / "out", now=NOW - timedelta(minutes=4))


def test_a_bundle_still_opens_years_after_its_signing_certificate_ended(world: World, tmp_path: Path) -> None:
    """What counts is the time of signing."""
    bundle = sealed(world, tmp_path)

    open_bundle(bundle.path, [opener(world.vero)], world.trusted, tmp_path / "out", now=NOW + timedelta(days=3000))

    assert (tmp_path / "out").is_dir()


def test_opening_never_overwrites(world: World, tmp_path: Path) -> None:
    """An existing folder stays as it is."""
    bundle = sealed(world, tmp_path)
    (tmp_path / "out").mkdir()

    with pytest.raises(WrongUse):
        try_open(world, bundle.path, opener(world.vero))


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384"])
@pytest.mark.parametrize("naming", ["", "-keyid"])
def test_what_openssl_encrypts_for_two_recipients_opens(world: World, tmp_path: Path, digest: str, naming: str) -> None:
    """The signed container in an envelope of OpenSSL's, to an RSA and a P-256 key, opens with either."""
    bundle = sealed(world, tmp_path, [world.vero, world.vero_rsa])
    with (tmp_path / "b.asics").open("wb") as plain:
        decrypt(bundle.path, [opener(world.vero)], plain.write)
    ec, rsa = (written(one, tmp_path, name)[0] for one, name in ((world.vero, "ec"), (world.vero_rsa, "rsa")))
    made = run(
        f"openssl cms -encrypt -binary -aes-256-gcm -outform DER -in b.asics -out o.p7m {naming} "
        f"-recip {ec} -keyopt ecdh_kdf_md:{digest} "
        f"-recip {rsa} -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:{digest}",
        tmp_path,
    )
    assert made.returncode == 0, made.stderr

    for number, by in enumerate(
        (opener(world.vero), Opener(world.vero.key), opener(world.vero_rsa), Opener(world.vero_rsa.key))
    ):
        out = tmp_path / f"out{number}"
        manifest = open_bundle(tmp_path / "o.p7m", [by], world.trusted, out, now=NOW)
        assert manifest == bundle.manifest


def test_rsa_of_the_old_kind_is_never_used(world: World, tmp_path: Path) -> None:
    """PKCS #1 v1.5, OpenSSL's default for RSA, is refused: its errors have told keys before."""
    (tmp_path / "plain").write_bytes(b"x")
    rsa, _ = written(world.vero_rsa, tmp_path, "rsa")
    run(f"openssl cms -encrypt -binary -aes-256-gcm -outform DER -in plain -out o.p7m -recip {rsa}", tmp_path)

    with pytest.raises(Untrusted):
        decrypt(tmp_path / "o.p7m", [opener(world.vero_rsa)], lambda _: None)
