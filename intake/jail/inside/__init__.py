"""What runs inside the jail: the only code that meets a citizen's bytes."""
