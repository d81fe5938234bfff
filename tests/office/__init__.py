"""The office's page."""
