"""The batches in which attacks are graded."""

from autograder.tests.support.attack_runs import runs

__all__ = ["runs"]
