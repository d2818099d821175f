"""What somebody handed in: by which name it goes, whose it is, when it came, and how to read it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .submission import Submission


@dataclass(frozen=True)
class Student:
    """One person. `id` is what rows of gradebooks are known by: a student number, else an email."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class HandedIn:
    """One submission before anybody has looked into it.

    `name` is a plain folder name, unique in its batch. `path` is what messages name. `submitted_at`
    is aware of its time zone, or None where nothing says when it came. `read` takes the files, and
    raises `BadSubmission` where that cannot be.
    """

    name: str
    path: Path
    read: Callable[[], Submission]
    students: tuple[Student, ...] = ()
    submitted_at: datetime | None = None
