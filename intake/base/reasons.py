"""The sentence for people behind each reason code of a filing, from `reasons.toml`.

One code may mean different things in different states (a file that may not be read, a paper that cannot be read), so
the state is asked for too. Promises a sentence for every code in every language.
"""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter

from intake.base.texts import Text

SENTENCES = TypeAdapter(dict[str, dict[str, Text]]).validate_python(
    tomllib.loads(Path(__file__).with_name("reasons.toml").read_text("utf-8"))
)
"""State (`refused` for files, `trying` for what goes on by itself) to code to sentence."""
_OF_STATE = {
    "waiting": ("waiting",), "held": ("held", "refused"), "returned": ("returned",), "joined": ("joined",),
    "purged": ("purged", "joined"),
}  # fmt: skip


def reason_text(state: str, code: str | None) -> Text | None:
    """The sentence for `code` in `state`; one that nobody here knows is named in a general one. None without a code."""
    if code is None:
        return None
    for group in _OF_STATE.get(state, ("trying",)):
        if code in SENTENCES[group]:
            return SENTENCES[group][code]
    other = SENTENCES["returned"]["other"] if state == "returned" else SENTENCES["other"]["code"]
    return Text(fi=f"{other.fi} ({code})", sv=f"{other.sv} ({code})", en=f"{other.en} ({code})")
