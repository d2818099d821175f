"""From what was handed in to a grade: all that a machine that grades needs."""
