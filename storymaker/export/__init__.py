"""From a book on the shelf to something to print or send."""
