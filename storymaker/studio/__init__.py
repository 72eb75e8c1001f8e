"""The Story Studio: the page that a parent sees, made of ipywidgets."""
