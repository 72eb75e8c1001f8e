"""The image API: pictures."""
