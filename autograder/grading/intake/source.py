"""A submission before anybody has looked into it: where it lies, whose it is, when it came."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .locations import Location, read_at
from .submission import BadSubmission, Submission
from .terms import Terms


@dataclass(frozen=True)
class Student:
    """One person. `id` is what rows of gradebooks are known by: a student number, else an email."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class SubmissionSource:
    """Where one submission lies, and what is known of it.

    `path` is what messages name. `submitted_at` is aware of its time zone, or None where nothing
    says when it came. `problem` is said instead of opening it. `name` is a plain folder name,
    unique in its batch, and `terms` are those of its course: `gather` gives both.
    """

    location: Location
    path: Path
    students: tuple[Student, ...] = ()
    submitted_at: datetime | None = None
    problem: str = ""
    name: str = ""
    terms: Terms = field(default_factory=Terms)

    def read(self) -> Submission:
        """Take its files, by the terms of its course.

        Raises:
            BadSubmission: that cannot be; the message says why.
        """
        if self.problem:
            raise BadSubmission(self.path, self.problem)
        try:
            return read_at(self.location, self.terms)
        except BadSubmission as error:
            raise BadSubmission(self.path, error.why) from None


def source_at(name: str, path: Path, terms: Terms | None = None) -> SubmissionSource:
    """The one submission that lies at `path`, of which nothing else is known."""
    return SubmissionSource(Location(path), path, name=name, terms=terms or Terms())
