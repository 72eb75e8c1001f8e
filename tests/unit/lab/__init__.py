"""The lab on doubles: what is tried, kept, rated and shown."""
