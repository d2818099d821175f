"""A submission that was found in a path, and what is known of it before anybody reads it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .locations import Spot, read_spot
from .source import Student
from .submission import BadSubmission, Submission
from .terms import Terms


@dataclass(frozen=True)
class Found:
    """A submission that was found: where, under which path it goes, and what is known of it.

    `problem` is said instead of opening it.
    """

    spot: Spot
    path: Path
    students: tuple[Student, ...] = ()
    submitted_at: datetime | None = None
    problem: str = ""

    def read(self, terms: Terms) -> Submission:
        """Take its files, by the terms of the course.

        Raises:
            BadSubmission: that cannot be; the message says why.
        """
        if self.problem:
            raise BadSubmission(self.path, self.problem)
        try:
            return read_spot(self.spot, terms)
        except BadSubmission as error:
            raise BadSubmission(self.path, error.why) from None
