"""The course, and the search for leaks."""

from autograder.tests.support.course import course, search

__all__ = ["course", "search"]
