"""`keys`: make, show and rotate keys and certificates; `open`: one bundle by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from intake.base.clock import SystemClock
from intake.base.errors import WrongUse
from workers.cli import show
from workers.seal import certificates, keyring, keys
from workers.seal.open import open_bundle

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
    point: Annotated[str, typer.Option("--point", help="With 'point': the point's id.")] = "point",
    kind: Annotated[str, typer.Option("--kind", help="p256 or rsa3072.")] = "p256",
) -> None:
    """Make keys; never overwrites. A passphrase comes from VIREILLE_KEY_PASSPHRASE_FILE."""
    now, secret = SystemClock().now(), keys.passphrase()
    if name == keyring.POINT:
        signer = keyring.new_point(directory, point, now=now, secret=secret).signer
    else:
        signer = keyring.new_provider(directory, name, now=now, secret=secret, kind=_kind(kind))
    show.line(f"{name}: {keys.fingerprint(signer.certificate)}")


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
    """A new key and certificate; the old ones are kept and still open old bundles."""
    now, secret = SystemClock().now(), keys.passphrase()
    if name == keyring.POINT:
        known = certificates.common_name(keys.load_certificate(directory / "point.cert.pem"))
        made = keyring.rotate_point(directory, known or "point", now=now, secret=secret)
    else:
        made = keyring.rotate_provider(directory, name, now=now, secret=secret, kind=_kind(kind))
    show.line(f"{name}: {keys.fingerprint(made.certificate)}; pin it in the provider file beside the old one")


@app.command("show")
def show_(directory: DirectoryOption = KEYS) -> None:
    """All certificates in a folder: whose, until when, fingerprint."""
    rows: list[Sequence[object]] = []
    for path in sorted(directory.glob("*.pem")):
        if not path.name.endswith(".key.pem"):
            for one in keys.load_certificates(path):
                until = one.not_valid_after_utc.date().isoformat()
                rows.append((path.name, certificates.common_name(one), until, keys.fingerprint(one)))
    show.table(("file", "whose", "until", "fingerprint"), rows)


def open_(
    bundle: Path,
    key: Annotated[Path, typer.Option("--key", help="The provider's private key, its certificate beside it.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder.")],
    ca: Annotated[Path | None, typer.Option("--ca", help="The points' CA; default: ca.pem beside the key.")] = None,
) -> None:
    """Open one bundle by hand: decrypt, verify, unpack. Nothing is left behind if anything does not fit."""
    openers = keyring.openers(key, secret=keys.passphrase())
    cas = keyring.load_cas(ca or key.parent / "ca.pem")
    manifest = open_bundle(bundle, openers, cas, out.absolute(), now=SystemClock().now())
    show.line(f"{manifest.bundle}: {manifest.form or 'no known form'} for {manifest.provider} in {out.absolute()}")
