"""How much the point bears: volume, endurance, a full start. `python -m tests.load` prints the table."""
