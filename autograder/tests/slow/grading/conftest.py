"""A small class, and its grades."""

from autograder.tests.support.batches import classroom, one_by_one

__all__ = ["classroom", "one_by_one"]
