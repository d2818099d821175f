"""submission_metadata.json: who handed in, when, and who has an extension.

Students choose the names in it, and its format may change: what cannot be read becomes a remark for
staff, and the submission is graded anyway. Earlier submissions in it are ignored.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.config import Course
from autograder.grading.gradebook.adjustments import Adjustments, Extension, folded
from autograder.grading.intake import Student
from checkkit.text import one_line

MAX_BYTES = 64_000_000  # it holds the results of all earlier submissions
MAX_STUDENTS = 100
WHERE = "Gradescope's extension"


@dataclass(frozen=True)
class Metadata:
    """What the platform knows about a submission; `remarks` are for staff."""

    students: tuple[Student, ...] = ()
    submitted_at: datetime | None = None
    adjustments: Adjustments = field(default_factory=Adjustments)
    remarks: tuple[str, ...] = ()


def read_metadata(path: Path, course: Course) -> Metadata:
    """Read the file; a remark says what is missing."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES:,} bytes")
        data = json.loads(path.read_bytes())
        if not isinstance(data, dict):
            raise ValueError("it is not an object")
    except (OSError, ValueError, RecursionError) as error:
        words = one_line(str(error), 200)
        return Metadata(remarks=(f"{path.name} cannot be read ({words}), so lateness is unknown",))
    remarks = []
    users = [user for user in _list(data.get("users")) if isinstance(user, dict)][:MAX_STUDENTS]
    known = {student: user for user in users if (student := _student(user))}
    if not known:
        remarks.append(f"{path.name} has no student")
    if (submitted_at := _moment(data.get("created_at"))) is None:
        remarks.append(f"{path.name} has no created_at with a time zone, so lateness is unknown")
    return Metadata(
        tuple(known),
        submitted_at,
        Adjustments(extensions=_extensions(known, course)),
        (*remarks, *_other_date(data.get("assignment"), course)),
    )


def _student(user: Mapping[str, Any]) -> Student | None:
    number, email, name = (
        one_line(str(user.get(key) or ""), 100) for key in ("sid", "email", "name")
    )
    return Student.of_gradescope(number, email, name)


def _extensions(
    known: Mapping[Student, Mapping[str, Any]], course: Course
) -> dict[tuple[str, str], Extension]:
    """Extensions: due dates on the platform that are later than that of grading.yaml."""
    extensions = {}
    for student, user in known.items():
        own = user.get("assignment")
        due = _moment(own.get("due_date")) if isinstance(own, dict) else None
        for assignment in course.assignments:
            if due and assignment.graded_by_checks and due > assignment.due:
                due_there = due.astimezone(assignment.due.tzinfo)
                extensions[folded(student.id), assignment.id] = Extension(due_there, WHERE)
    return extensions


def _other_date(assignment: Any, course: Course) -> list[str]:
    """A remark if the due date of the platform differs from that of grading.yaml."""
    due = _moment(assignment.get("due_date")) if isinstance(assignment, dict) else None
    ours = [one.due for one in course.assignments if one.graded_by_checks]
    if due is None or any(abs((due - date).total_seconds()) < 60 for date in ours):
        return []
    dates = ", ".join(date.isoformat() for date in ours)
    return [f"due {due.isoformat()} on Gradescope and {dates} in grading.yaml; grading.yaml counts"]


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
