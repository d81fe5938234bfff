"""What the page sends when a person orders the pages, turns one, or takes some out."""

from pydantic import BaseModel, ConfigDict, Field

from workers.facts import Turn


class Arranging(BaseModel):
    """All pages in their order, how far each is turned further, and those that become a filing of their own."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    filing: str
    version: int
    order: str = Field(pattern=r"^\d{1,4}(:(0|90|180|270))?(,\d{1,4}(:(0|90|180|270))?)*$", max_length=16_000)
    """Such as `3:90,1,2`."""
    out: str = Field(default="", pattern=r"^(\d{1,4}(,\d{1,4})*)?$", max_length=16_000)
    into: str = Field(default="", max_length=40)
    """The filing that gets the pages taken out; empty: they are one of their own."""
    advisor: str = Field(default="", max_length=80)

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages in order."""
        return tuple(int(page.partition(":")[0]) for page in self.order.split(","))

    @property
    def turned(self) -> dict[int, Turn]:
        """By page how far it is turned further."""
        turns: dict[str, Turn] = {"90": 90, "180": 180, "270": 270}
        pairs = (page.partition(":") for page in self.order.split(","))
        return {int(page): turns[turn] for page, _, turn in pairs if turn in turns}

    @property
    def taken(self) -> tuple[int, ...]:
        """The pages that are taken out."""
        return tuple(int(page) for page in self.out.split(",") if page)
