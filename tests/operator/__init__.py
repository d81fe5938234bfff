"""The operator of several points: notes, alarms, the page."""
