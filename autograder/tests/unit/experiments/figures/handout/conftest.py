"""Runs and digits for the handout's figures."""

from autograder.tests.support.handout_figures import digits, draw, solution_alone

__all__ = ["digits", "draw", "solution_alone"]
