"""Decides who may use a page: people, their roles, sign-in, and the door before every route.

The counter's, the back office's and the operator's page stand behind the same door (`ACCESS.md`); none of this needs a
ledger, a point or an imaging package.
"""
