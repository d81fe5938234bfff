"""Where this machine's pages listen and how they are reached; and what every table of the settings is."""

from ipaddress import ip_address
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress, ValidationInfo, field_validator, model_validator


class Table(BaseModel):
    """A table of the settings: frozen, unknown keys are errors, relative paths become absolute."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @field_validator("*", mode="after")
    @classmethod
    def _absolute(cls, value: object, info: ValidationInfo) -> object:
        if not info.context:
            return value
        folder = Path(info.context["folder"])
        if isinstance(value, Path):
            return (folder / value).absolute()
        if isinstance(value, tuple):
            return tuple((folder / part).absolute() if isinstance(part, Path) else part for part in value)
        return value


class Console(Table):
    """The address of this machine's page, and how it is reached from other machines: by TLS only."""

    host: str = "127.0.0.1"
    port: int = Field(default=8090, ge=0, le=65535)
    names: tuple[str, ...] = ()
    """Host names by which browsers ask for the page, besides `host` and this machine's own."""
    certificate: Path | None = None
    """PEM chain of the page's own TLS."""
    key: Path | None = None
    proxy: tuple[IPvAnyAddress, ...] = ()
    """Addresses of the reverse proxies that do TLS before the page; nobody else is answered then."""
    monitors: tuple[IPvAnyAddress, ...] = ()
    """Addresses of machines that may read `/metrics` and `/healthz` without signing in, besides this machine itself."""

    @property
    def tls(self) -> bool:
        """Whether browsers reach the page by https only."""
        return self.certificate is not None or bool(self.proxy)

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches the page's address."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("TLS needs both: certificate and key")
        if self.certificate is not None and self.proxy:
            raise ValueError("TLS is done here (certificate) or before the page (proxy), not both")
        return self


class OperatorPage(Console):
    """The operator's page, where it is not beside this machine's own on the next port.

    A machine with this table and neither [point] nor [inbox] is the operator's alone.
    """

    port: int = Field(default=8091, ge=0, le=65535)
