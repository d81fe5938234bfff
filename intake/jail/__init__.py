"""The only code that opens a citizen's file with a parser; it does so in a jail."""
