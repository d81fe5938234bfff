"""Keeps the point's memory: the state of each paper, who did what, and the blobs that hold the bytes."""

from workers.ledger.blobs import Blobs
from workers.ledger.claimed import Work
from workers.ledger.database import Ledger
from workers.ledger.people import Person, Recipient
from workers.ledger.scans import Accepted, ArrivingFile
from workers.ledger.stored import Changes
from workers.ledger.vault import Vault, load_vault, new_vault_key

__all__ = [
    "Accepted",
    "ArrivingFile",
    "Blobs",
    "Changes",
    "Ledger",
    "Person",
    "Recipient",
    "Vault",
    "Work",
    "load_vault",
    "new_vault_key",
]
