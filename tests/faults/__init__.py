"""The rows of the fault matrix over the whole journey: kills, full disks, stop signals, and the removals."""
