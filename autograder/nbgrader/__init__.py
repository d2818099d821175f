"""Scores of record into the gradebook of nbgrader, which shows and exports them."""

from .gradebook import GradebookProblem, Record, open_record

__all__ = ["GradebookProblem", "Record", "open_record"]
