"""Which form is this page, which way up, and where exactly does it lie."""
