"""The layout tool: draws replicas of the authorities' forms from their source files.

`python -m intake.draw` draws the whole catalogue anew. Sources lie in `sources/<provider>/<form>.toml`; what is
drawn goes to `intake/forms/catalogue/<provider>/<form>/`: for each edition and language a blank PDF with AcroForm
fields, its face, and its definition. Drawing twice gives the same bytes.
"""

from pathlib import Path

SOURCES = Path(__file__).parent / "sources"
"""The sources of the catalogue that comes with the product."""
