"""Tests of the studio server."""
