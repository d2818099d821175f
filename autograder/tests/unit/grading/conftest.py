"""A batch on the disk."""

from autograder.tests.support.recorded import batch

__all__ = ["batch"]
