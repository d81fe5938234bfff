"""Writes the reference of `vireille.toml` and of a provider file from their models: `python -m tests.reference`.

Keys, kinds and defaults are the models'; the words are a field's own docstring or stand here. A key without words
fails.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from intake.base import console, settings
from intake.base.settings import Settings
from routing_rules import providers
from routing_rules.providers import Certificate, Contact, Provider, Unit

ROOT = Path(__file__).parents[1]
SETTINGS, PROVIDERS = ROOT / "workers" / "SETTINGS.md", ROOT / "routing_rules" / "PROVIDERS.md"

WORDS = {
    "Point.id": "The point's id: a-z, 0-9, hyphens. Its certificate carries it; change it only before the first run.",
    "Point.name": "What people call it; on the page and on every receipt.",
    "Point.languages": "Languages of the page, the first one first.",
    "Point.data": "The folder of the ledger and of the encrypted papers.",
    "Point.as_of": "Fixes the day by which forms, providers and rules count; a real point leaves it out.",
    "Scanner.id": "The scanner's id; names of desks are ids too.",
    "Scanner.folder": "The drop folder; never under the data folder.",
    "Scanner.mode": "`remote` for a network share, where a marker file shows that it is mounted.",
    "Scanner.quiet_seconds": "So long a file must stay unchanged before it is taken.",
    "Console.host": "The address at which the page listens; another one than 127.0.0.1 needs TLS, here or by a proxy.",
    "Console.port": "Its port; 0 picks a free one and prints it.",
    "Console.key": "The private key of `certificate`.",
    "Release.complete": "Who lets a complete filing go.",
    "Release.incomplete": "Who lets one with gaps go.",
    "Release.unsure": "Who lets one go of which the machine is not sure.",
    "Release.unknown": "A paper that is no known form always waits for a person.",
    "Release.undo_seconds": "How long what a person sent on the page stays here, so that it can be taken back.",
    "Release.ask_identity": "Whether a person must say how the identity was checked; what would go by itself waits.",
    "Release.eservice": "`advisor`: what has an e-service waits for a person, who can show it to the customer first.",
    "Providers.directory": "The folder of provider files (`routing_rules/PROVIDERS.md`).",
    "Routing.rules": "The folder of rules (`routing_rules/LANGUAGE.md`).",
    "Forms.directories": "Further folders of forms, as `vireille forms add` makes them.",
    "Forms.builtin": "Whether the shipped catalogue counts.",
    "Matters.directories": "Further folders of service cards (`routing_rules/MATTERS.md`).",
    "Matters.builtin": "Whether the shipped cards count.",
    "Keys.directory": "The folder of the point's keys and certificates.",
    "Store.url": "Where bundles lie: `folder:PATH` or `s3://bucket/prefix`.",
    "Queue.url": "`sqlite:///PATH`, `postgresql://...` or `sqs://...`.",
    "LedgerAt.url": "Another place for the ledger than the data folder: `sqlite:///PATH` or `postgresql://...`.",
    "Inbox.provider": "The authority whose back office this machine is.",
    "Inbox.unit": "Only this unit's filings.",
    "Inbox.key": "The authority's private key, its certificate beside it.",
    "Updates.channel": "The publisher's channel.",
    "Provider.id": "The file's name without `.toml`.",
    "Provider.names": "`{ fi, sv, en }`; a language that is left out is that in Finnish.",
    "Provider.valid_from": "The first day on which it takes filings.",
    "Provider.valid_until": "The last day.",
    "Provider.units": "`[[units]]`: parts with a queue view of their own.",
    "Provider.certificates": "`[[certificates]]`: what filings are sealed to; `vireille providers add` writes it.",
    "Contact.phone": "As the authority writes it.",
    "Contact.email": "An address that takes customers' mail.",
    "Contact.address": "For visits or post.",
    "Provider.max_bundle_mb": "A filing that is larger is held for a person.",
    "Provider.text_layer": "Whether `document.pdf` is made searchable.",
    "Unit.id": "The unit's id; rules name it.",
    "Unit.names": "As the provider's.",
    "Unit.languages": "In which it serves.",
    "Unit.valid_from": "The first day.",
    "Unit.valid_until": "The last day.",
    "Certificate.path": "The PEM file, relative to the provider file.",
    "Certificate.fingerprint": "What it must be; compare it with the authority by telephone.",
    "Certificate.valid_from": "The first day on which filings are sealed to it.",
    "Certificate.valid_until": "The last day.",
}

SETTINGS_HEAD = """# Settings: every key of `vireille.toml`

Made by `python -m tests.reference`; do not edit. `vireille init DIR` writes a file that works. Paths are relative to
the file. An unknown key is an error that names file, line and key. Secrets never stand here: the vault key is
`keys/vault.key` or the file that `VIREILLE_VAULT_KEY_FILE` names, the passphrase of private keys comes from the file
that `VIREILLE_KEY_PASSPHRASE_FILE` names, S3 and SQS use the usual AWS environment.
"""
PROVIDERS_HEAD = """# Provider files: every key

Made by `python -m tests.reference`; do not edit. One TOML file for each authority, in the folder that
`[providers] directory` names:

```toml
id = "helsinki"                  # the file is helsinki.toml
names = { fi = "Helsingin kaupunki", sv = "Helsingfors stad", en = "City of Helsinki" }

[[units]]
id = "sosiaali"
names = { fi = "Sosiaalitoimi" }

[[certificates]]                 # vireille providers add CERT.pem --provider helsinki writes this
path = "helsinki.pem"
fingerprint = "sha256:..."
```

The authority makes its key itself (`vireille keys new helsinki`, on its own machine) and sends the certificate only.
"""


def main() -> None:
    """Write both."""
    SETTINGS.write_text(settings_reference(), "utf-8")
    PROVIDERS.write_text(provider_reference(), "utf-8")


def settings_reference() -> str:
    """All of SETTINGS.md."""
    said = docstrings(console) | docstrings(settings)
    parts = [SETTINGS_HEAD]
    for name, field in Settings.model_fields.items():
        if field.exclude:
            continue
        model = next(one for one in _models(field.annotation))
        bracket = f"[[{name}]]" if "tuple" in str(field.annotation) else f"[{name}]"
        parts.append(f"## `{bracket}`\n\n{inspect.getdoc(model)}\n\n{_table(model, said)}")
    return "\n".join(parts)


def provider_reference() -> str:
    """All of PROVIDERS.md."""
    said = docstrings(providers)
    named = (
        ("The authority", Provider),
        ("`[[units]]`", Unit),
        ("`contact`", Contact),
        ("`[[certificates]]`", Certificate),
    )
    return "\n".join([PROVIDERS_HEAD, *(f"## {title}\n\n{_table(model, said)}" for title, model in named)])


def docstrings(module: object) -> dict[str, str]:
    """The docstring of each field of a module's models, by `Model.field`."""
    found = {}
    for model in ast.parse(inspect.getsource(module)).body:  # type: ignore[arg-type]
        if isinstance(model, ast.ClassDef):
            for field, said in zip(model.body, model.body[1:], strict=False):
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(said, ast.Expr)
                    and isinstance(field.target, ast.Name)
                ):
                    found[f"{model.name}.{field.target.id}"] = " ".join(str(ast.literal_eval(said.value)).split())
    return found


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _table(model: type[BaseModel], said: dict[str, str]) -> str:
    rows = ["| key | | means |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        keys = [f"{kind.__name__}.{name}" for kind in model.__mro__]
        means = next(text for key in keys if (text := said.get(key) or WORDS.get(key)))
        default = "needed" if field.is_required() else _toml(field.default)
        kind = _kind(field.annotation)
        rows.append(f"| `{name}` | {kind}, {default} | {means} |")
    return "\n".join(rows) + "\n"


def _toml(value: object) -> str:
    if value is None or value == ():
        return "optional"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(_toml(one).strip('`') for one in value)}]`"
    return f"`{value}`" if isinstance(value, int | float) else f'`"{value}"`'


def _kind(annotation: object) -> str:
    """A kind in words."""
    text = re.sub(
        r"\b(datetime|pathlib|typing|ipaddress|pydantic\.networks|intake\.base\.texts)\.", "", str(annotation)
    )
    choices = re.search(r"Literal\[([^\]]*)\]", text)
    if choices and "tuple" not in text:
        return " or ".join(f'`"{one}"`' for one in re.findall(r"'([^']*)'", choices[1]))
    listed = "list of " if "tuple" in text else ""
    for word, kind in (
        ("Literal", "languages"), ("Path", "path"), ("date", "day"), ("bool", "true or false"), ("IPv", "addresses"),
        ("int", "number"), ("float", "number"), ("Unit", "tables"), ("Certificate", "tables"), ("Text", "names"),
    ):  # fmt: skip
        if word in text:
            return listed + (kind + "s" if listed and kind == "path" else kind)
    return f"{listed}text"


if __name__ == "__main__":
    main()
