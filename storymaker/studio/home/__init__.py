"""Home: the shelf, and the way to a new book."""
