"""The `vireille` command: thin verbs over the parts, grouped by who uses them.

Every verb imports what it needs when it is called, so that the back office's plain installation, without imaging
packages, still has its own verbs.
"""

from workers.cli.app import main

__all__ = ["main"]
