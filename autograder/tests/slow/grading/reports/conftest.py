"""A batch on the disk, and pages in a browser."""

from autograder.tests.support.made_results import made
from autograder.tests.support.pages import fits, look
from autograder.tests.support.recorded import batch, many

__all__ = ["batch", "fits", "look", "made", "many"]
