"""The page for the operator of several points: their health, what needs somebody, the figures, the rules in force.

A point tells its health to the hub in a signed note; whoever runs the page reads the notes of all points there.
"""
