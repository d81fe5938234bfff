"""The ledger's tests: the same ones on SQLite and on a real PostgreSQL server."""
