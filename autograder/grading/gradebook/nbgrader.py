"""gradebook.db: the cells of our tasks in it, and one transaction that gives them their scores.

nbgrader keeps two scores of a cell. `auto_score` is what the notebook said of itself in the kernel
where the student's code runs too: feedback, which autograding writes anew each time. `manual_score`
goes before it, and autograding leaves it alone: there the record goes. Cells that people mark
(`manual-...`) are theirs.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.config import Course
from autograder.grading.gradebook.adjustments import Adjustments
from autograder.grading.judging.result import SubmissionResult
from checkkit.text import one_line

from .nbgrader_entries import Entry, entries_of
from .nbgrader_penalty import penalty

CHECK, MANUAL = "check-", "manual-"
LISTED = 8


class GradebookProblem(ValueError):
    """The gradebook cannot be used; the message names it and says what to do."""

    def __init__(self, path: Path, why: str):
        super().__init__(f"--gradebook {path}: {why}")


@dataclass(frozen=True)
class Record:
    """A gradebook that has our notebook: where scores of record go."""

    path: Path
    course: Course
    course_id: str
    assignment: str
    notebook: str

    def write(self, graded: Sequence[SubmissionResult], adjustments: Adjustments) -> list[str]:
        """Give every student of these submissions what counts; all of it, or nothing.

        Returns:
            What to tell: what was written, who is new, and what was left out.

        Raises:
            GradebookProblem: nothing was written.
        """
        entries, told = entries_of(graded, adjustments)
        with _opened(self.path, self.course_id) as book, _as_one(self.path, book):
            known = {student.id for student in book.students}
            new = [entry.student.id for entry in entries if entry.student.id not in known]
            for entry in entries:
                self._write(book, entry, adjustments)
            there = {s.student.id for s in book.assignment_submissions(self.assignment)}
        if new:
            told.append(f"not in the gradebook before, and added: {_listed(new)}")
        if rest := sorted(there - {entry.student.id for entry in entries}):
            told.append(
                f"in the gradebook and not in this run, so left as they are: {_listed(rest)}"
            )
        count = "1 student" if len(entries) == 1 else f"{len(entries)} students"
        where = f"{self.path}, {self.assignment}/{self.notebook}"
        return [f"Scores of record of {count}: {where}", *told]

    def _write(self, book: Any, entry: Entry, adjustments: Adjustments) -> None:
        student = entry.student
        try:
            book.find_student(student.id)
        except MissingEntry:
            book.add_student(student.id, email=student.email or None, **_names(student.name))
        try:
            book.find_submission(self.assignment, student.id)
        except MissingEntry:
            when = entry.submitted_at and entry.submitted_at.replace(tzinfo=None)
            with book.db.no_autoflush:
                book.add_submission(self.assignment, student.id, timestamp=when)
        notebook = book.find_submission_notebook(self.notebook, self.assignment, student.id)
        grades = {grade.name: grade for grade in notebook.grades}
        for task, earned in entry.earned.items():
            if grade := grades.get(f"{CHECK}{task}"):
                grade.manual_score = earned
                grade.needs_manual_grade = earned is None
                if earned is None:  # it waits for a person: what the notebook says is no stand-in
                    grade.auto_score = None
        book.db.flush()
        scores = {}
        for name, grade in grades.items():
            book.db.refresh(grade)
            scores[name.removeprefix(CHECK).removeprefix(MANUAL)] = grade.score
        notebook.late_submission_penalty = penalty(self.course, entry, scores, adjustments)


def open_record(path: Path, course: Course) -> Record:
    """The gradebook, once it is known that it can take the scores of this course.

    Raises:
        GradebookProblem: it is none, has no notebook of ours, or one of another version.
    """
    course_id = _course_id(path)
    with _opened(path, course_id) as book:
        found = {
            (assignment.name, notebook.name): {
                cell.name: cell.max_score for cell in notebook.grade_cells
            }
            for assignment in book.assignments
            for notebook in assignment.notebooks
        }
    ours = {place: cells for place, cells in found.items() if _wanted(course).keys() & cells.keys()}
    if not ours:
        listed = ", ".join("/".join(place) for place in found) or "nothing"
        raise GradebookProblem(
            path,
            f"holds no notebook with cells {next(iter(_wanted(course)))}, ... (there is {listed});"
            " run `nbgrader generate_assignment` in the course's folder",
        )
    if len(ours) > 1:
        listed = ", ".join("/".join(place) for place in ours)
        raise GradebookProblem(path, f"holds our cells in {listed}; remove all but one")
    (((assignment, notebook), cells),) = ours.items()
    for name, points in _wanted(course).items():
        there = cells.get(name)
        if there != points:
            state = "is missing" if there is None else f"has {there:g} points"
            raise GradebookProblem(
                path,
                f"cell {name} of {assignment}/{notebook} {state}, and grading.yaml gives it"
                f" {points:g}; release again, and run `nbgrader generate_assignment --force`",
            )
    return Record(path, course, course_id, assignment, notebook)


def _wanted(course: Course) -> Mapping[str, float]:
    return {f"{CHECK}{task.id}": task.points for task in course.auto_tasks.values()}


def _course_id(path: Path) -> str:
    """The course that the gradebook is of, read without writing: nbgrader would add another."""
    if not path.is_file():
        raise GradebookProblem(
            path, "there is no such file; nbgrader makes it in the course folder"
        )
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            courses = [row[0] for row in database.execute("SELECT id FROM course ORDER BY id")]
            used = {row[0] for row in database.execute("SELECT course_id FROM assignment")}
    except sqlite3.Error as error:
        why = f"is no gradebook of nbgrader ({error}); its own command is `nbgrader db upgrade`"
        raise GradebookProblem(path, why) from None
    return next((course for course in courses if course in used), courses[0] if courses else "")


@contextmanager
def _opened(path: Path, course_id: str) -> Iterator[Any]:  # a Gradebook, which is typed wrongly
    try:
        with Gradebook(f"sqlite:///{path.absolute()}", course_id) as book:
            yield book
    except SQLAlchemyError as error:
        why = f"cannot be used ({one_line(str(getattr(error, 'orig', error)))})"
        advice = "close what else uses it, or run `nbgrader db upgrade`"
        raise GradebookProblem(path, f"{why}; {advice}") from None


@contextmanager
def _as_one(path: Path, book: Gradebook) -> Iterator[None]:
    """One transaction: what nbgrader would make lasting bit by bit is so at the end, or never."""
    commit, book.db.commit = book.db.commit, book.db.flush
    try:
        yield
        commit()
    except InvalidEntry as error:
        book.db.rollback()
        raise GradebookProblem(path, f"did not take the scores: {one_line(str(error))}") from None
    except BaseException:
        book.db.rollback()
        raise
    finally:
        book.db.commit = commit


def _names(name: str) -> dict[str, str]:
    first, _, last = name.rpartition(" ")
    return {"first_name": first, "last_name": last} if name else {}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(one_line, names[:LISTED])) + (", ..." if len(names) > LISTED else "")
