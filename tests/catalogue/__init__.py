"""The forms of the catalogue and the rule language."""
