"""Nothing to load."""
