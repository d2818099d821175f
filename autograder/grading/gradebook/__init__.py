"""What counts in the end: points of checks, of people, overrides, and lateness."""
