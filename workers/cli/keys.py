"""`keys`: make, show and rotate keys and certificates; `open`: one bundle by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from intake.base.clock import SystemClock
from intake.base.errors import NotFound, WrongUse
from intake.base.settings import Point, load_settings
from workers.cli import show
from workers.cli.here import require_files
from workers.seal import certificates, keyring, keys
from workers.seal.keys import Identity
from workers.seal.open import open_bundle
from workers.seal.pins import pin_lines
from workers.seal.trust import named_point, trusted_points

app = typer.Typer(help="Keys and certificates.", no_args_is_help=True)
DirectoryOption = Annotated[Path, typer.Option("--dir", help="The folder of keys.")]
NameOption = Annotated[str, typer.Argument(help="A provider's id, or 'point' for the point's own.")]
KEYS = Path("keys")


def register(root: typer.Typer) -> None:
    """Add the verbs."""
    root.add_typer(app, name="keys")
    root.command("open")(open_)


@app.command()
def new(
    name: NameOption,
    directory: DirectoryOption = KEYS,
    point: Annotated[
        str | None, typer.Option("--point", help="With 'point': its id; default: that of the settings.")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="p256 or rsa3072.")] = "p256",
) -> None:
    """Make keys; never overwrites, all or none. A passphrase comes from VIREILLE_KEY_PASSPHRASE_FILE."""
    now, secret, here = SystemClock().now(), keys.passphrase(), _point_beside(directory)
    if name == keyring.POINT:
        chosen = point or (here.id if here else "point")
        signer = keyring.new_point(directory, chosen, now=now, secret=secret).signer
        show.line(f"{name}: {keys.fingerprint(signer.certificate)}, signs for '{chosen}'")
        show.line(f"every authority must get {(directory / 'ca.pem').absolute()}, and trust it: 'vireille inbox trust'")
        return
    made = keyring.new_provider(directory, name, now=now, secret=secret, kind=_kind(kind))
    show.line(f"{name}: {keys.fingerprint(made.certificate)}")
    _say_what_to_pin(directory, name, made)
    if here is not None and here.as_of is None:
        show.line(
            f"This is the point '{here.id}': an authority's private key belongs at the authority. "
            f"Make it there, or move {name}.key.pem there and leave no copy here."
        )


def _point_beside(directory: Path) -> Point | None:
    """The point whose keys lie in `directory`: its settings lie beside the folder. Raises BadFile if they are wrong."""
    file = directory.absolute().parent / "vireille.toml"
    if not file.is_file():
        return None
    settings = load_settings(file)
    return settings.point if settings.keys.directory == directory.absolute() else None


def _say_what_to_pin(directory: Path, name: str, made: Identity) -> None:
    where = keyring.files(directory.absolute(), name)
    show.line(f"  {where.key}: the private key; it stays at the authority")
    show.line(f"  {where.certificate}: send this to the points")
    show.line(
        f"Each point pins it with 'vireille providers add {where.certificate.name} --provider {name}', which writes:"
    )
    show.line(pin_lines(f"{name}.cert.pem", made.certificate))


def _kind(text: str) -> Literal["p256", "rsa3072"]:
    if text == "p256":
        return "p256"
    if text == "rsa3072":
        return "rsa3072"
    raise WrongUse(f"'{text}' is no kind of key; use p256 or rsa3072")


@app.command()
def rotate(
    name: NameOption,
    directory: DirectoryOption = KEYS,
    kind: Annotated[str, typer.Option("--kind", help="p256 or rsa3072, for a provider.")] = "p256",
) -> None:
    """Make a new key and certificate; the old ones are kept and still open old bundles."""
    now, secret = SystemClock().now(), keys.passphrase()
    if name == keyring.POINT:
        here = _point_beside(directory)
        known = certificates.common_name(keys.load_certificate(directory / "point.cert.pem"))
        chosen = here.id if here else known or "point"
        made = keyring.rotate_point(directory, chosen, now=now, secret=secret)
        show.line(f"{name}: {keys.fingerprint(made.certificate)}, signs for '{chosen}'")
        show.line("nothing to send: authorities trust ca.pem, which is the same; restart the point")
        if (former := named_point(keys.load_certificate(directory / "ca.pem"))) not in {None, chosen}:
            show.line(
                f"ca.pem is called after '{former}': each authority runs 'vireille inbox trust ca.pem --point {chosen}'"
            )
        return
    made = keyring.rotate_provider(directory, name, now=now, secret=secret, kind=_kind(kind))
    show.line(f"{name}: {keys.fingerprint(made.certificate)}; the old key stays and opens old bundles")
    _say_what_to_pin(directory, name, made)


@app.command("show")
def show_(directory: DirectoryOption = KEYS) -> None:
    """List the certificates in a folder: whose, until when, fingerprint."""
    rows: list[Sequence[object]] = []
    for path in sorted(directory.glob("*.pem")):
        if not path.name.endswith(".key.pem"):
            for certificate in keys.load_certificates(path):
                until = certificate.not_valid_after_utc.date().isoformat()
                rows.append((path.name, certificates.common_name(certificate), until, keys.fingerprint(certificate)))
    if not rows:
        raise NotFound(
            f"no certificates in {directory.absolute()}; name the folder with --dir, or make keys with 'keys new'"
        )
    show.table(("file", "whose", "until", "fingerprint"), rows)


def open_(
    bundle: Annotated[Path, typer.Argument(help="The bundle, a .p7m file.")],
    key: Annotated[Path, typer.Option("--key", help="The provider's private key, its certificate beside it.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder.")],
    ca: Annotated[Path | None, typer.Option("--ca", help="The points' CA; default: ca.pem beside the key.")] = None,
    provider: Annotated[
        str | None, typer.Option("--provider", help="Whose bundle it must be; default: whose the key is, by its name.")
    ] = None,
) -> None:
    """Open one bundle by hand: decrypt, verify, unpack. Nothing is left behind if anything does not fit."""
    require_files(bundle, key)
    openers = keyring.openers(key, secret=keys.passphrase())
    points = trusted_points(ca or key.parent / "ca.pem")
    names = (provider,) if provider else keyring.names(key, openers)
    manifest = open_bundle(bundle, openers, points, out.absolute(), now=SystemClock().now(), providers=names)
    show.line(f"{manifest.bundle}: {manifest.form or 'no known form'} for {manifest.provider} in {out.absolute()}")
