"""The course of grading.yaml, and the platform's folder."""

from autograder.tests.support.course import course
from autograder.tests.support.gradescope.folder import place

__all__ = ["course", "place"]
