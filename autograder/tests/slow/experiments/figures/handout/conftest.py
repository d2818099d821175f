"""Runs and digits for the handout's figures."""

from autograder.tests.support.handout_figures import digits, draw

__all__ = ["digits", "draw"]
