"""Reading what was handed in, of which nothing is trusted."""

from .submission import PACKAGE, BadSubmission, Submission, read_submission

__all__ = ["PACKAGE", "BadSubmission", "Submission", "read_submission"]
