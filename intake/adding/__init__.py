"""A definition from a blank PDF: what is printed and drawn on it, found and named, no questions asked."""
