"""The figures and the monthly report."""
