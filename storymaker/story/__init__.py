"""The story API: words."""
