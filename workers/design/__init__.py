"""The look that all pages share: one base template and one style sheet, for the counter, an office and the operator.

A page mounts `STATIC` at `/design`, looks for templates in `TEMPLATES` after its own, and extends `base.html`, which
says what it needs. No imaging package is needed here.
"""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
