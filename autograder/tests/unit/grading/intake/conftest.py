"""Downloads in the shapes that instructors have them in."""

from autograder.tests.support.collections import collection

__all__ = ["collection"]
