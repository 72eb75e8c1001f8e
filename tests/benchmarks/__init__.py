"""How fast and how big: figures and ratios for people; nothing here passes or fails."""
