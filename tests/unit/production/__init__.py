"""Making books, on doubles: what is paid is counted once, and what a parent does meanwhile stays."""
