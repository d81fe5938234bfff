"""The look that all pages share: a base template, a style sheet, and what keeps a page still under a hand.

A page mounts `STATIC` at `/design`, looks for templates in `TEMPLATES` after its own, and extends `base.html`, which
says what it needs. No imaging package is needed here.
"""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
