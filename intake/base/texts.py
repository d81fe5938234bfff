"""A sentence in the three languages a person at the counter may need.

Promises that no text exists in only one language: all three are required.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["fi", "sv", "en"]


class Text(BaseModel):
    """One sentence in Finnish, Swedish and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fi: str
    sv: str
    en: str

    def in_language(self, language: str) -> str:
        """The sentence in `language`; Finnish for a language we do not have."""
        return {"fi": self.fi, "sv": self.sv, "en": self.en}.get(language, self.fi)

    def filled(self, **values: "str | int | Text") -> "Text":
        """The same sentence with its `{placeholders}` replaced; a text among the values is said in each language."""

        def said(language: Language) -> str:
            own = {name: at.in_language(language) if isinstance(at, Text) else at for name, at in values.items()}
            return self.in_language(language).format(**own)

        return Text(fi=said("fi"), sv=said("sv"), en=said("en"))
