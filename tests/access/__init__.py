"""Sign-in, sessions, roles, and the page under attack."""
