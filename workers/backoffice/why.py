"""Reasons why a filing could not be opened: the codes in the queue, the log and `inbox dead`, each with a sentence."""

OFFICE = {
    "no_key": "it is sealed to another key than this office's; ask which certificate the point pins, and keep old keys",
    "unknown_point": "the point that signed it is not trusted here; run 'vireille inbox trust' with its ca.pem",
    "clock": "it was signed in the future; look at the clock of this machine, then at the point's",
    "not_found": "the bundle is not in the store; look whether [store] is the one that the points use",
}
"""Codes of faults that are the office's, as far as it can see: never counted against a message."""

_BUNDLE = {
    "malformed": "it is not built as a bundle is; ask the point to send the filing again",
    "altered": "it was altered on its way, or names another bundle than its message; ask the point to send it again",
    "not_fit": "the point's certificate was not valid when it signed; ask the point to renew it and send again",
    "too_old": "it was handed over too long ago to tell a repeat from a late delivery; ask the point",
    "conflict": "it came before with other bytes; ask the point",
    "untrusted": "it does not verify; ask the point to send the filing again",
    "unexpected": "this program failed over it, which is a fault of ours: please report it; it is tried again",
    "damaged_store": "what this office remembers of it cannot be read",
}


def sentence(code: str | None) -> str:
    """The fault and its remedy, for operators."""
    if code is None:
        return "this queue does not keep why; look for the bundle in the office's log"
    return OFFICE.get(code) or _BUNDLE.get(code) or "it was received again and again and never answered"
