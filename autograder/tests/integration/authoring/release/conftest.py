"""The course of grading.yaml."""

from autograder.tests.support.course import course

__all__ = ["course"]
