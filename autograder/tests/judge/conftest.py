"""Results at will."""

from autograder.tests.support.made_results import made

__all__ = ["made"]
