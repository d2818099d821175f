"""Results at will, and pages in a browser."""

from autograder.tests.support.made_results import made
from autograder.tests.support.pages import fits, look

__all__ = ["fits", "look", "made"]
