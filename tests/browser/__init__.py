"""What a parent does, in a real browser."""
