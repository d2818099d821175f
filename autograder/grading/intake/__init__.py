"""Reading what was handed in, of which nothing is trusted."""

from .gathering import gather
from .locations import read_submission
from .source import HandedIn, Student
from .submission import PACKAGE, BadSubmission, Submission

__all__ = [
    "PACKAGE",
    "BadSubmission",
    "HandedIn",
    "Student",
    "Submission",
    "gather",
    "read_submission",
]
