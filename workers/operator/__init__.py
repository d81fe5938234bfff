"""What the operator of several points sees: every point's health, what needs somebody, the figures, the rules in force.

A point tells its health to the hub in a signed note; whoever runs the page reads the notes of all points there.
"""
