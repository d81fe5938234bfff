"""Drop folders: what is found, waited for, taken, refused, and never lost."""
