"""Step 2: the story page by page, as a grid and as cards, while it is written and drawn."""
