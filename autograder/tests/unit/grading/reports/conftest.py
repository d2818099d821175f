"""Results at will, and a page over many submissions."""

from autograder.tests.support.made_results import made
from autograder.tests.support.recorded import many

__all__ = ["made", "many"]
