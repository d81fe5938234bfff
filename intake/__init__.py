"""Understand a paper: open it, recognise the form, read its fields, judge completeness."""
