"""M4, L4, L5: a point signs for itself alone, a bundle has one spelling, and it is for whom it names."""

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from intake.base.errors import BadFile, Untrusted
from tests.seal.opening import refused, try_open
from tests.seal.test_hostile import asics_of, enveloped, filing_of, signed
from tests.seal.world import NOW, World, filing, opener, run, sealed, written
from workers.seal import certificates, keys
from workers.seal.envelope import decrypt
from workers.seal.keys import Identity
from workers.seal.open import open_bundle
from workers.seal.seal import PointKeys, Sealed, seal
from workers.seal.trust import POINTS, trusted_points

VIREILLE = Path(sys.executable).with_name("vireille")


def authority(
    name: str = "Kaupungin CA", *, usage: bool = True, constraints: x509.NameConstraints | None = None
) -> Identity:
    """A CA that no `keys new` made: a town's own."""
    key = keys.new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=99))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(False, False, False, False, False, usage, True, False, False), critical=True)
    )
    if constraints is not None:
        builder = builder.add_extension(constraints, critical=True)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def bundle_of(ca: Identity, world: World, into: Path, *, point: str = "saarijarvi", name: str = "f1") -> Sealed:
    """A bundle that says it is from `point`, signed under `ca`; whatever a point of ours would refuse to make."""
    honest = certificates.new_ca(point, now=NOW)
    signer = certificates.new_signing(point, ca, now=NOW)
    keys_of = PointKeys(certificates.new_signing(point, honest, now=NOW), honest.certificate, b"x" * 32)
    made = seal(filing(name, point=point), [world.vero.certificate], keys_of, into=into, now=NOW)
    asics = signed(PointKeys(signer, ca.certificate, b"x" * 32), filing_of(opened(made.path, world)))
    enveloped_as(made.path, asics, world)
    return made


def opened(path: Path, world: World) -> bytes:
    """The container in a bundle."""
    plain = io.BytesIO()
    decrypt(path, [opener(world.vero)], plain.write)
    return plain.getvalue()


def enveloped_as(path: Path, asics: bytes, world: World) -> None:
    """The container in a fresh envelope: what stock tools make, which opens."""
    path.unlink()
    enveloped(world, asics, path)


def trust(folder: Path, *cas: Identity, lines: dict[str, Identity] | None = None) -> Path:
    """A folder of trusted CAs, and its trust file."""
    folder.mkdir(exist_ok=True)
    for number, ca in enumerate((*cas, *(lines or {}).values())):
        keys.save_certificate(folder / f"{number}-ca.pem", ca.certificate)
    if lines:
        prints = {one: keys.fingerprint(ca.certificate) for one, ca in lines.items()}
        said = (f'[[points]]\nid = "{one}"\nfingerprint = "{found}"\n' for one, found in prints.items())
        (folder / POINTS).write_text("\n".join(said))
    return folder


def code_of(path: Path, folder: Path, world: World, tmp_path: Path) -> str:
    """How the bundle ends for an office that trusts `folder`."""
    try:
        open_bundle(path, [opener(world.vero)], trusted_points(folder), tmp_path / "opened", now=NOW)
    except Untrusted as error:
        return error.code
    return "opened"


def test_m4_a_trusted_point_cannot_sign_as_another(world: World, tmp_path: Path) -> None:
    """The CA of 'mallory' is trusted for mallory; a certificate of saarijarvi under it is refused, its own opens."""
    mallory = certificates.new_ca("mallory", now=NOW)
    folder = trust(tmp_path / "cas", world.ca, mallory)
    forged = bundle_of(mallory, world, tmp_path)
    own = bundle_of(mallory, world, tmp_path, point="mallory", name="f2")

    assert code_of(forged.path, folder, world, tmp_path) == "unknown_point"
    assert code_of(own.path, folder, world, tmp_path) == "opened"
    said = trust(tmp_path / "said", lines={"mallory": mallory})
    assert code_of(forged.path, said, world, tmp_path / "again") == "not_fit"


def test_m4_a_line_of_the_trust_file_binds_a_ca_to_one_point(world: World, tmp_path: Path) -> None:
    """A town's CA opens nothing until a line binds it; then its point's bundles and no other's."""
    town = authority()
    made, other = bundle_of(town, world, tmp_path), bundle_of(town, world, tmp_path, point="oulu", name="f2")

    assert code_of(made.path, trust(tmp_path / "a", town), world, tmp_path) == "unknown_point"
    bound = trust(tmp_path / "b", lines={"saarijarvi": town})
    assert code_of(other.path, bound, world, tmp_path) == "not_fit"
    assert code_of(made.path, bound, world, tmp_path) == "opened"


def test_m4_who_names_itself_after_a_bound_point_is_bound_to_none(world: World, tmp_path: Path) -> None:
    """A second CA called after saarijarvi: a line says which one is meant."""
    double = certificates.new_ca("saarijarvi", now=NOW)
    folder = trust(tmp_path / "cas", double, lines={"saarijarvi": world.ca})

    assert code_of(bundle_of(double, world, tmp_path).path, folder, world, tmp_path) == "unknown_point"
    assert code_of(sealed(world, tmp_path, name="f9").path, folder, world, tmp_path) == "opened"


def test_m4_a_ca_filed_under_a_point_does_not_name_itself_after_another(world: World, tmp_path: Path) -> None:
    """Kouvola sends a CA that calls itself saarijarvi, and the office files it as kouvola's: nobody signs with it."""
    double = certificates.new_ca("saarijarvi", now=NOW)
    made = bundle_of(double, world, tmp_path)
    (tmp_path / "cas").mkdir()
    keys.save_certificate(tmp_path / "cas" / "kouvola.ca.pem", double.certificate)

    assert code_of(made.path, tmp_path / "cas", world, tmp_path) == "unknown_point"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[points]]\nid = "a b"\nfingerprint = "sha256:' + "0" * 64 + '"\n', "points.0.id"),
        ('[[points]]\nid = "a"\nprint = "x"\n', "points.0"),
        (2 * ('[[points]]\nid = "a"\nfingerprint = "sha256:' + "0" * 64 + '"\n'), "names a fingerprint twice"),
    ],
)
def test_a_wrong_trust_file_is_named_with_its_key(world: World, tmp_path: Path, text: str, problem: str) -> None:
    """And nothing is trusted by a guess."""
    folder = trust(tmp_path / "cas", world.ca)
    (folder / POINTS).write_text(text)

    with pytest.raises(BadFile, match=POINTS) as refusal:
        trusted_points(folder)
    assert problem in str(refusal.value)


def within(*names: str) -> x509.DirectoryName:
    """A subtree of names."""
    return x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names]))


@pytest.mark.parametrize(
    ("ca", "code"),
    [
        (lambda: authority(usage=False), "not_fit"),
        (lambda: authority(constraints=x509.NameConstraints([within("oulu")], None)), "not_fit"),
        (lambda: authority(constraints=x509.NameConstraints(None, [within("saarijarvi")])), "not_fit"),
        (lambda: authority(constraints=x509.NameConstraints([within("saarijarvi")], None)), "opened"),
    ],
    ids=["no keyCertSign", "another name permitted", "this name excluded", "this name permitted"],
)
def test_m4_key_usage_and_name_constraints_of_a_ca_are_obeyed(
    world: World, tmp_path: Path, ca: Callable[[], Identity], code: str
) -> None:
    """A CA that may not issue, or not for this name, vouches for nothing."""
    town = ca()
    folder = trust(tmp_path / "cas", lines={"saarijarvi": town})

    assert code_of(bundle_of(town, world, tmp_path).path, folder, world, tmp_path) == code


def rezipped(whole: bytes, how: str) -> bytes:
    """The same entries in an archive that says more, or says it otherwise."""
    if how == "before":
        return b"#!/bin/sh\n" + whole
    if how == "after":
        return whole + b"more"
    end = whole.rindex(b"PK\x05\x06")
    directory = struct.unpack_from("<L", whole, end + 16)[0]
    if how == "between":
        moved = whole[end : end + 16] + struct.pack("<L", directory + 3) + whole[end + 20 :]
        return whole[:directory] + b"gap" + whole[directory:end] + moved
    if how == "comment":
        return whole[: end + 20] + struct.pack("<H", 4) + b"more"
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            said = zipfile.ZipInfo(info.filename, info.date_time)
            said.extra = b"\x99\x99\x02\x00hi" if how == "extra" else b""
            new.writestr(said, old.read(info))
        if how == "entry":
            new.writestr("more", b"more")
    if how == "name":
        return made.getvalue().replace(b"mimetype", b"mimetyp\0").replace(b"document.pdf", b"document.pd\0")
    return made.getvalue()


@pytest.mark.parametrize("layer", ["container", "filing"])
@pytest.mark.parametrize("how", ["before", "after", "between", "comment", "extra", "entry", "name"])
def test_l4_a_container_has_its_entries_and_no_byte_besides(world: World, tmp_path: Path, layer: str, how: str) -> None:
    """In both ZIPs: bytes before, after or between, a comment, extra fields, a fourth entry, a name with a NUL."""
    asics = asics_of(world, tmp_path)
    changed = rezipped(asics, how) if layer == "container" else signed(world.point, rezipped(filing_of(asics), how))
    victim = enveloped(world, changed, tmp_path / "v.p7m")

    with refused(tmp_path):
        try_open(world, victim, opener(world.vero))


def test_l4_the_same_entries_written_by_another_zip_writer_open(world: World, tmp_path: Path) -> None:
    """What is refused above is refused for its change."""
    victim = enveloped(world, rezipped(asics_of(world, tmp_path), "plainly"), tmp_path / "v.p7m")

    try_open(world, victim, opener(world.vero))

    assert (tmp_path / "out/document.pdf").is_file()


def test_l4_a_paper_handed_over_long_after_the_signature_is_refused(world: World, tmp_path: Path) -> None:
    """The year 9999; a clock that was set back by hours is not the point's fault."""
    late = sealed(world, tmp_path, name="late", handed_over=datetime.fromisoformat("9999-01-01T00:00:00Z"))
    set_back = sealed(world, tmp_path, name="back", handed_over=NOW + timedelta(hours=3))

    with refused(tmp_path):
        try_open(world, late.path, opener(world.vero))
    try_open(world, set_back.path, opener(world.vero))


def vireille(*words: object, expect: int = 0) -> str:
    """The command line; gives all it said."""
    done = subprocess.run([VIREILLE, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == expect, done.stderr
    return done.stdout + done.stderr


def test_l5_open_compares_the_provider_with_whose_key_it_is(world: World, tmp_path: Path) -> None:
    """Sealed to Vero's key but for Kela: refused unless `--provider` says so; Vero's own opens without it."""
    _, key = written(world.vero, tmp_path, "vero")
    keys.save_certificate(tmp_path / "ca.pem", world.ca.certificate)
    mine = sealed(world, tmp_path)
    strange = sealed(world, tmp_path, name="f2", provider="kela", unit=None)

    refusal = vireille("open", strange.path, "--key", key, "--out", tmp_path / "a", expect=3)
    assert "the bundle is for the provider 'kela'" in refusal
    assert not (tmp_path / "a").exists()
    vireille("open", strange.path, "--key", key, "--out", tmp_path / "b", "--provider", "kela")
    vireille("open", mine.path, "--key", key, "--out", tmp_path / "c")
    vireille("open", mine.path, "--key", key, "--out", tmp_path / "d", "--provider", "kela", expect=3)


def test_stock_tools_still_open_what_a_town_signed(world: World, tmp_path: Path) -> None:
    """OpenSSL follows the name constraints of a CA too: what opens here verifies there."""
    town = authority(constraints=x509.NameConstraints([within("saarijarvi")], None))
    made = bundle_of(town, world, tmp_path)
    keys.save_certificate(tmp_path / "ca.pem", town.certificate)
    (tmp_path / "b.asics").write_bytes(opened(made.path, world))

    said = (
        run("unzip -q b.asics", tmp_path),
        run(
            "openssl cms -verify -cades -binary -inform DER -in META-INF/signature.p7s -content filing.zip"
            " -CAfile ca.pem -purpose any -out /dev/null",
            tmp_path,
        ),
    )

    assert [one.returncode for one in said] == [0, 0], said[1].stderr
