"""A running point: from settings to open parts, its threads, and a clean end."""
