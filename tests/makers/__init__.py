"""Makers of test papers: hands that write, papers that get dirty, scanners that write files."""
