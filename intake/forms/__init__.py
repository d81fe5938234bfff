"""Forms as data: definitions, blanks, and how a definition is made from a blank PDF."""
