"""Decides by data where a filing goes: facts in, provider and unit out. Never sees an image."""
