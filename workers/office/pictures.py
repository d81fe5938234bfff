"""Pictures of a filing's `document.pdf`, drawn in a confined process that holds no key."""

import struct
import subprocess
import sys

from intake.base.log import logger

SECONDS = 120
_PROGRAM = "intake.jail.inside.document"


def drawn(document: bytes) -> list[bytes]:
    """A JPEG of each page; none where the document cannot be drawn, which the page says."""
    if not document:
        return []
    try:
        done = subprocess.run(
            [sys.executable, "-m", _PROGRAM], input=document, capture_output=True, check=True, timeout=SECONDS, env={}
        )
    except (subprocess.SubprocessError, OSError) as error:
        logger().warning("not_drawn", code=type(error).__name__)
        return []
    pictures, at = [], 0
    while at + 4 <= len(done.stdout):
        (length,) = struct.unpack_from(">I", done.stdout, at)
        pictures.append(done.stdout[at + 4 : at + 4 + length])
        at += 4 + length
    return pictures
