"""Step 1: who the book is about, what kind of story, who makes it, and what it costs."""
