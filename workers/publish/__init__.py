"""Brings points new rules, providers, certificates and forms: signed packages over the same store. See PACKAGE.md."""
