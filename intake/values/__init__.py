"""What the fields that matter say, and whether it can be right."""
