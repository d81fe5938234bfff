"""The page's words in one language, from `texts.toml`."""

from pathlib import Path

from workers.access.words import sentences


def words(language: str) -> dict[str, str]:
    """All of the page's words in `language`."""
    return sentences(Path(__file__).parent / "texts.toml", language)


KEYS = (
    ("↑ ↓", "choose"), ("L", "release"), ("P", "hold"), ("K", "pair"), ("Z", "undo"), ("N", "new"),
    ("E", "edit"), ("F", "form"), ("G", "gaps"), ("R", "receipt"), ("O", "take"), ("M", "more"), ("1–9", "place"),
    ("/", "search"), ("Esc", "back"), ("?", "help"),
)  # fmt: skip


def key_help(language: str) -> list[tuple[str, str]]:
    """Each key and what it does."""
    return [(key, words(language)[f"key_{name}"]) for key, name in KEYS]


ENDINGS = ("back_to_customer", "done_online", "elsewhere", "mistake")
"""How a matter ends that is not sent."""
WHYS = ("not_known", "no_skill", "no_means", "convenience", "not_online")
"""Why a matter comes on paper, as the customer says."""
IDENTITIES = ("none", "passport", "id_card", "driving_licence", "residence_permit", "other")
"""How the customer's identity was checked: the kind of document only, never its number."""
