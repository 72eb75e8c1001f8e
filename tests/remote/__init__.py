"""Services beyond the house: a stand-in on loopback, its faults, and what must not leave."""
