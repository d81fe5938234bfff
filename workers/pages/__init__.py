"""The advisors' web page."""
