"""The routing rules' tests."""
