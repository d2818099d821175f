"""Submissions that behave only when graded."""

from autograder.tests.support.cheats import isolation, lines, package

__all__ = ["isolation", "lines", "package"]
