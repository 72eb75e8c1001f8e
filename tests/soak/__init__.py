"""Many books at once, looked over by numbers: what no single test would meet."""
