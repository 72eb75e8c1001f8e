"""What values look like to people: words on a terminal, HTML in a notebook."""
