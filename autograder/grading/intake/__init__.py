"""Reading what was handed in, of which nothing is trusted."""

from .gathering import gather
from .source import IdKind, Student, SubmissionSource, read_submission, source_at
from .submission import PACKAGE, BadSubmission, Submission

__all__ = [
    "PACKAGE",
    "BadSubmission",
    "IdKind",
    "Student",
    "Submission",
    "SubmissionSource",
    "gather",
    "read_submission",
    "source_at",
]
