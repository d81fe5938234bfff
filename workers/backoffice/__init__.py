"""The provider's side: receive, open, acknowledge, return."""
