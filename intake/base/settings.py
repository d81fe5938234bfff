"""The point's settings, `vireille.toml`, as one frozen object built once and passed down.

Unknown keys are errors with file, line and key. Relative paths are relative to the settings file. Secrets never stand
here: the vault key and passphrases come from files or the environment, S3 and SQS from boto3's usual places.
"""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from intake.base.console import Console, OperatorPage, Table
from intake.base.errors import BadFile
from intake.base.taken import CONTENTS, POINTER, Channel, Kept, read_taken
from intake.base.texts import Language
from intake.base.toml import read_toml, validate

POINT_ID = r"^[a-z0-9][a-z0-9-]{0,39}$"


class Point(Table):
    """The point's id, name, languages and place."""

    id: str = Field(pattern=POINT_ID)
    name: str
    languages: tuple[Language, ...] = ("fi", "sv", "en")
    data: Path
    municipality: str | None = None
    """Three-digit municipality code, for routing by region."""
    as_of: date | None = None


class Scanner(Table):
    """One drop folder."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    folder: Path
    mode: Literal["local", "remote"] = "local"
    quiet_seconds: float = Field(default=0.5, ge=0, le=3600)
    profile: str | None = None
    """Name of a device profile in `scanners/profiles`; None: the plain one."""
    lane: Literal["counter", "batch"] = "counter"
    """`batch`: nobody waits for this scanner's papers, so those of counters are dealt with first (J-05)."""


class Release(Table):
    """The policy of release by verdict."""

    complete: Literal["auto", "advisor"] = "advisor"
    incomplete: Literal["auto", "advisor"] = "advisor"
    unsure: Literal["auto", "advisor"] = "advisor"
    unknown: Literal["advisor"] = "advisor"
    undo_seconds: float = Field(default=10.0, ge=0, le=300)
    ask_identity: bool = False
    eservice: Literal["auto", "advisor"] = "auto"


class Providers(Table):
    """The folder of provider files."""

    directory: Path


class Routing(Table):
    """The folder of routing rules."""

    rules: Path


class Forms(Table):
    """Further form folders beside the built-in catalogue."""

    directories: tuple[Path, ...] = ()
    builtin: bool = True


class Matters(Table):
    """Further folders of matters beside the shipped ones; a card with a shipped one's id takes its place."""

    directories: tuple[Path, ...] = ()
    builtin: bool = True


class PointFigures(Table):
    """What becomes of the point's figures."""

    push: bool = False
    """The running point puts them at the hub once a day; else `vireille figures push` does, by hand or by cron."""


class JailWalls(Table):
    """How strong the walls must be behind which files are opened."""

    walls: Literal["required", "best"] = "best"
    """`required`: nothing is opened without the full jail; `best`: as strong as the machine allows."""


class Keys(Table):
    """The point's own keys."""

    directory: Path = Path("keys")


class Store(Table):
    """Object store: `folder:PATH` or `s3://bucket/prefix`."""

    url: str = Field(pattern=r"^(folder:|s3://)")


class Queue(Table):
    """Message queue: `sqlite:///PATH`, `postgresql://...` or `sqs://...`."""

    url: str = Field(pattern=r"^(sqlite:///|postgresql(\+psycopg)?://|sqs://)")


class LedgerAt(Table):
    """The ledger's database; None: SQLite in the data folder."""

    url: str | None = Field(default=None, pattern=r"^(sqlite:///|postgresql(\+psycopg)?://)")


class Inbox(Table):
    """A machine that is only a back office."""

    provider: str
    unit: str | None = None
    key: Path
    webhook: str | None = None
    """Told of each received filing; https."""
    webhook_secret: Path | None = None
    """A file with the secret that signs the notices to the webhook."""
    keep_days: int | None = Field(default=None, ge=0, le=36_500)
    """So long an answered filing's folder lies in OUT; None: until somebody takes it away."""
    lost_days: int = Field(default=30, ge=0, le=36_500)
    """So long the folder of a filing that somebody else got lies in `OUT/.lost`."""


class Updates(Table):
    """Whose signed packages of rules, providers and forms this point takes."""

    channel: Channel = "main"
    publisher: Path
    """The publisher's CA certificate in PEM."""
    fingerprint: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    """Which certificate that must be."""


class Settings(Table):
    """All of `vireille.toml`."""

    point: Point | None = None
    scanner: tuple[Scanner, ...] = ()
    console: Console = Console()
    release: Release = Release()
    providers: Providers | None = None
    routing: Routing | None = None
    forms: Forms = Forms()
    matters: Matters = Matters()
    figures: PointFigures = PointFigures()
    jail: JailWalls = JailWalls()
    keys: Keys = Keys()
    store: Store
    queue: Queue
    ledger: LedgerAt = LedgerAt()
    inbox: Inbox | None = None
    operator: OperatorPage | None = None
    updates: Updates | None = None
    file: Path = Field(default=Path(), exclude=True)
    catalogue: str | None = Field(default=None, exclude=True)
    """Name of the taken set in use, such as `main-7`; None: the point's own folders. Never written in the file."""

    @property
    def here(self) -> Point:
        """The point. Raises BadFile on a machine that is only a back office."""
        if self.point is None:
            how = "this machine has no point; add a [point] table or use the inbox verbs"
            raise BadFile(self.file, how, key="point")
        return self.point

    @property
    def operator_page(self) -> Console:
        """Where the operator's page listens: as set, else beside this machine's own page, on the next port."""
        if self.operator is not None:
            return self.operator
        return self.console.model_copy(update={"port": self.console.port and self.console.port + 1})

    @property
    def updates_folder(self) -> Path:
        """The folder of taken sets."""
        return self.here.data / "updates"


def _absolute_urls(table: dict[str, object], folder: Path) -> None:
    """Make `folder:` and relative `sqlite:///` addresses absolute in place."""
    for name, prefix in (("store", "folder:"), ("queue", "sqlite:///"), ("ledger", "sqlite:///")):
        part = table.get(name)
        if isinstance(part, dict) and isinstance(url := part.get("url"), str) and url.startswith(prefix):
            part["url"] = prefix + str((folder / url.removeprefix(prefix)).absolute())


def load_settings(path: Path, *, own: bool = False) -> Settings:
    """The settings in `path`; rules, providers and forms are those of the taken set in use, unless `own`.

    Raises BadFile: missing file, unknown or wrong key, overlapping folders, or the taken set is gone.
    """
    if not path.is_file():
        raise BadFile(path, "no settings here; make a point with 'vireille init DIR' or name one with --config")
    table = read_toml(path)
    folder = path.absolute().parent
    _absolute_urls(table, folder)
    table.setdefault("keys", {})  # so that the default folder too is relative to this file, not to where one stands
    if "catalogue" in table:
        raise BadFile(path, "unknown key", key="catalogue")
    settings = validate(path, Settings, {**table, "file": path.absolute()}, context={"folder": folder})
    _refuse_overlaps(settings)
    return settings if own else in_use(settings)


def in_use(own: Settings) -> Settings:
    """The point's `own` settings with the folders of the set it took last. Raises BadFile."""
    taken = read_taken(own.updates_folder) if own.updates and own.point else None
    return with_set(own, taken.now) if taken and taken.now else own


def with_set(own: Settings, kept: Kept) -> Settings:
    """The point's `own` settings with the folders of one set; what it does not hold stays. Raises BadFile."""
    root = own.updates_folder / kept.folder
    if not (root / CONTENTS).is_file():
        raise BadFile(own.updates_folder / POINTER, f"{kept.name} is gone; take it anew with 'vireille update'")
    return with_folders(own, root, kept.name)


def with_folders(own: Settings, root: Path, name: str) -> Settings:
    """The `own` settings with the parts under `root`: forms and matters are added, rules and providers replace."""
    changes: dict[str, object] = {"catalogue": name}
    if (root / "rules").is_dir():
        changes["routing"] = Routing(rules=root / "rules")
    if (root / "providers").is_dir():
        changes["providers"] = Providers(directory=root / "providers")
    if (root / "forms").is_dir():
        changes["forms"] = own.forms.model_copy(update={"directories": (*own.forms.directories, root / "forms")})
    if (root / "matters").is_dir():
        folders = (root / "matters", *own.matters.directories)  # the point's own cards come last and win
        changes["matters"] = own.matters.model_copy(update={"directories": folders})
    return own.model_copy(update=changes)


def _refuse_overlaps(settings: Settings) -> None:
    """B-20: data never under a watched folder, nor a watched folder under data; no two scanners share a folder."""
    if settings.point is None:
        return
    data = settings.point.data.resolve()
    seen: dict[Path, str] = {}
    for scanner in settings.scanner:
        folder = scanner.folder.resolve()
        if data == folder or data in folder.parents or folder in data.parents:
            raise BadFile(
                settings.file, f"scanner '{scanner.id}' and the data folder overlap; separate them", key="scanner"
            )
        for other, name in seen.items():
            if folder == other or folder in other.parents or other in folder.parents:
                raise BadFile(
                    settings.file, f"scanners '{scanner.id}' and '{name}' overlap; separate them", key="scanner"
                )
        seen[folder] = scanner.id
