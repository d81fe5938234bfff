"""The office's page: it receives, keeps filings sealed, and serves clerks who hold no private key.

Stands on `backoffice`, which receives and answers, and on `access` and `design`, which every page shares.
"""
