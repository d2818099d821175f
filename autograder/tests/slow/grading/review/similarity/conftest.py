"""A class to compare, and what was found."""

from autograder.tests.support.similar_class import compared, klass

__all__ = ["compared", "klass"]
