"""The floor that every part may import: errors, texts, clock, log, settings, files, ids. Imports no other part."""
