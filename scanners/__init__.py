"""Takes paper from drop folders; knows nothing about content."""
