"""Grades: points of checks and of staff, overrides, lateness; CSV, Canvas and nbgrader."""
