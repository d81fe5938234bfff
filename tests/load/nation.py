"""How many papers a country of service points takes in: the pilot's figures, and what we assume beside them."""

POINTS = 160
"""Service points in the country."""
PROVIDERS = 6
"""Providers at a point."""
VISITS_A_MONTH = (21 + 50) / 2
"""Visits to one provider at one point: the middle one of the pilot's classes (0-20, 21-50, 50-100; 400-600 at most)."""
PAPERS_A_VISIT = 1.0
"""Assumed, as nobody had counted: every visit leaves one paper. In the pilot it was a third of them at most."""

PAPERS_A_MONTH = round(POINTS * PROVIDERS * VISITS_A_MONTH * PAPERS_A_VISIT)
"""N, the national volume of a month."""
PAPERS_A_SECOND = PAPERS_A_MONTH / 3600
"""The rate at which a month passes in an hour."""
PAGES_A_PAPER = 3
"""Assumed: a form of two pages and an attachment."""
WORKING_HOURS_A_MONTH = 160
"""Hours in which a month's papers come, when they come as people bring them."""
