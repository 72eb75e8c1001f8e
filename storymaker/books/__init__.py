"""What a book is, and its home on disk."""
