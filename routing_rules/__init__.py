"""Where a filing goes, decided by data: facts in, provider and unit out. Never sees an image."""
