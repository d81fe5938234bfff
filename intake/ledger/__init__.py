"""The point's memory: which paper is in which state, who did what, and the blobs it stands on."""
