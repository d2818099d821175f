"""One browser for the pages of all tests."""

from autograder.tests.support.pages import chromium

__all__ = ["chromium"]
