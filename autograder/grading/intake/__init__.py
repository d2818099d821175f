"""Reading what was handed in, of which nothing is trusted."""

from .gathering import gather
from .handed_in import HandedIn, Student
from .spots import read_submission
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
