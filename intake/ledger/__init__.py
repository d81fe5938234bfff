"""The point's memory: which paper is in which state, who did what, and the blobs it stands on."""

from intake.ledger.blobs import Blobs
from intake.ledger.changes import Changes
from intake.ledger.desk import Person, Recipient
from intake.ledger.ledger import Ledger
from intake.ledger.scans import Accepted, ArrivingFile, NewScan
from intake.ledger.vault import Vault, load_vault, new_vault_key
from intake.ledger.work import Work

__all__ = [
    "Accepted",
    "ArrivingFile",
    "Blobs",
    "Changes",
    "Ledger",
    "NewScan",
    "Person",
    "Recipient",
    "Vault",
    "Work",
    "load_vault",
    "new_vault_key",
]
