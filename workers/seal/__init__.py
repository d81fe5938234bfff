"""The sealed bundle: filing.zip, signed as ASiC-S, inside CMS AuthEnvelopedData."""
