"""What speaks to a paid, slow, fallible service beyond the house; only this room knows the openai package."""
