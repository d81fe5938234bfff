"""Draws, fills and dirties forms for the tests; every identity code it writes is artificial."""
