"""Paper arrives: drop folders, and nothing about content."""
