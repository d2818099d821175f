"""gradebook.db: the cells of our tasks in it, and one transaction that writes their scores.

nbgrader keeps two scores of a cell. `auto_score` comes from the kernel where the student's code
runs: it is feedback, and every autograding overwrites it. `manual_score` replaces it, and
autograding does not change it: scores of record go there. The cell of a bonus task has 0 points;
its score of record is nbgrader's `extra_credit`. Cells that people grade (`manual-...`) are not
changed: of a bonus, people enter its points as extra credit.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.config import Course
from autograder.exit_codes import UserError
from autograder.grading.intake import IdKind
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scoring import total
from checkkit.text import one_line

from .adjustments import Adjustments
from .grades import grades_of
from .grades_csv import Row, rows_of
from .lateness import deducted

CHECK, MANUAL = "check-", "manual-"
LISTED = 8
# nbgrader logs a traceback of each fault there; without a handler, Python would print it.
logging.getLogger("tornado.application").addHandler(logging.NullHandler())
# By the beginning of the name that SQLite gives to a fault; the last is for all others.
ADVICE = {
    "SQLITE_BUSY": "another program holds it; close formgrader and others, then repeat",
    "SQLITE_LOCKED": "another program holds it; close formgrader and others, then repeat",
    "SQLITE_FULL": "the disk is full; make room, then repeat",
    "SQLITE_NOTADB": "is not a gradebook of nbgrader; name another file",
    "SQLITE_CORRUPT": "is damaged; restore it from a backup",
    "SQLITE_CANTOPEN": "cannot be opened; look at the permissions of the file and its folder",
    "SQLITE_READONLY": "cannot be written; look at the permissions of the file and its folder",
    "SQLITE_IOERR": "cannot be read or written; look at the disk",
    "": "is not a gradebook of nbgrader, or an old one: copy it, then run `nbgrader db upgrade`",
}


class GradebookProblem(UserError):
    """The gradebook cannot be used; the message names it and says what to do."""

    def __init__(self, path: Path, why: str):
        super().__init__(f"--gradebook {path}: {why}")


@dataclass(frozen=True)
class Record:
    """A gradebook that has our notebook: scores of record are written there."""

    path: Path
    course_id: str
    assignment: str
    notebook: str

    def write(self, results: Sequence[SubmissionResult], adjustments: Adjustments) -> list[str]:
        """Write the scores of every student of these submissions; all of them, or none.

        Returns:
            Notices: what was written, who is new, and what was left out.

        Raises:
            GradebookProblem: nothing was written.
        """
        rows, notices = rows_to_write(results, adjustments)
        names = {row.key for row in rows}
        with _opened(self.path, self.course_id) as book, _transaction(self.path, book):
            new = sorted(names - {student.id for student in book.students})
            for row in rows:
                self._write(book, row)
            present = {s.student.id for s in book.assignment_submissions(self.assignment)}
        if new:
            notices.append(f"new in the gradebook: {_listed(new)}")
        if rest := sorted(present - names):
            notices.append(f"in the gradebook but not in this run, so unchanged: {_listed(rest)}")
        count = "1 student" if len(rows) == 1 else f"{len(rows)} students"
        where = f"{self.path}, {self.assignment}/{self.notebook}"
        return [f"Scores of record of {count}: {where}", *notices]

    def _write(self, book: Any, row: Row) -> None:
        student, submitted_at = row.grade.student, row.submission.result.submitted_at
        course = row.submission.result.scope.course
        assert student is not None
        try:
            book.find_student(student.id)
        except MissingEntry:
            book.add_student(student.id, email=student.email or None, **_names(student.name))
        try:
            book.find_submission(self.assignment, student.id)
        except MissingEntry:
            when = datetime.fromisoformat(submitted_at) if submitted_at else None
            when = when and when.replace(tzinfo=None)
            with book.db.no_autoflush:
                book.add_submission(self.assignment, student.id, timestamp=when)
        notebook = book.find_submission_notebook(self.notebook, self.assignment, student.id)
        grades = {grade.name: grade for grade in notebook.grades}
        for task, earned in earned_by(row).items():
            if grade := grades.get(f"{CHECK}{task}"):
                bonus = course.auto_tasks[task].bonus
                grade.manual_score = 0.0 if bonus and earned is not None else earned
                grade.extra_credit = earned if bonus else grade.extra_credit
                grade.needs_manual_grade = earned is None
                if earned is None:  # the notebook's own score must not count in the meantime
                    grade.auto_score = None
        book.db.flush()
        scores = {}
        for name, grade in grades.items():
            book.db.refresh(grade)
            scores[name.removeprefix(CHECK).removeprefix(MANUAL)] = grade.score
        notebook.late_submission_penalty = penalty(row, scores)


def open_record(path: Path, course: Course) -> Record:
    """Open a gradebook and check that it can take the scores of this course.

    Raises:
        GradebookProblem: it is not a gradebook, or has no notebook of this version of the course.
    """
    course_id = _course_id(path)
    with _opened(path, course_id) as book:
        notebooks = {
            (assignment.name, notebook.name): {
                cell.name: cell.max_score for cell in notebook.grade_cells
            }
            for assignment in book.assignments
            for notebook in assignment.notebooks
        }
    wanted = {f"{CHECK}{task.id}": task.regular for task in course.auto_tasks.values()}
    ours = {place: cells for place, cells in notebooks.items() if wanted.keys() & cells.keys()}
    if not ours:
        listed = ", ".join("/".join(place) for place in notebooks) or "nothing"
        raise GradebookProblem(
            path,
            f"has no notebook with cells {next(iter(wanted))}, ... (its notebooks: {listed}); run"
            " `nbgrader generate_assignment` in the course folder",
        )
    if len(ours) > 1:
        listed = ", ".join("/".join(place) for place in ours)
        raise GradebookProblem(path, f"has our cells in {listed}; remove all but one of them")
    (((assignment, notebook), cells),) = ours.items()
    for name, points in wanted.items():
        present = cells.get(name)
        if present != points:
            state = "is missing" if present is None else f"has {present:g} points"
            raise GradebookProblem(
                path,
                f"cell {name} of {assignment}/{notebook} {state}, but grading.yaml gives it"
                f" {points:g}; release again, and run `nbgrader generate_assignment --force`",
            )
    return Record(path, course_id, assignment, notebook)


def _course_id(path: Path) -> str:
    """The course of the gradebook; nbgrader itself would add a new one."""
    if not path.is_file():
        raise GradebookProblem(path, "no such file; nbgrader makes it in the course folder")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            courses = [row[0] for row in database.execute("SELECT id FROM course ORDER BY id")]
            used = {row[0] for row in database.execute("SELECT course_id FROM assignment")}
    except sqlite3.Error as error:
        raise _problem(path, error) from None
    return next((course for course in courses if course in used), courses[0] if courses else "")


@contextmanager
def _opened(path: Path, course_id: str) -> Iterator[Any]:  # a Gradebook, which is typed wrongly
    try:
        with Gradebook(f"sqlite:///{path.absolute()}", course_id) as book:
            yield book
    except SQLAlchemyError as error:
        raise _problem(path, getattr(error, "orig", None) or error) from None


def _problem(path: Path, error: BaseException) -> GradebookProblem:
    """What a fault of the database means; only an old gradebook is to be upgraded."""
    name = getattr(error, "sqlite_errorname", "")
    kind = next((kind for kind in ADVICE if name.startswith(kind)), "")
    return GradebookProblem(path, f"{ADVICE[kind]} ({one_line(str(error))})")


@contextmanager
def _transaction(path: Path, book: Gradebook) -> Iterator[None]:
    """One commit at the end, or none; nbgrader would commit after each step."""
    commit, book.db.commit = book.db.commit, book.db.flush
    try:
        yield
        commit()
    except InvalidEntry as error:
        book.db.rollback()
        if of_database := getattr(error.__context__, "orig", None):  # nbgrader hides what it was
            raise _problem(path, of_database) from None
        raise GradebookProblem(path, f"rejected the scores: {one_line(str(error))}") from None
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


# ---------------------------------------------------------------------- which scores are written


def rows_to_write(
    results: Sequence[SubmissionResult], adjustments: Adjustments
) -> tuple[list[Row], list[str]]:
    """The rows, and notices about submissions and tasks that are left out.

    Results without isolation are not scores of record. Of students with several submissions, staff
    have to grade one. An id of another platform would be a new student in the gradebook.
    """
    rows = rows_of(grades_of(result, adjustments) for result in results)
    notices = []
    for result in results:
        if not result.of_record:
            notices.append(f"{result.name}: left out, because it was graded without isolation")
        elif not result.students:
            notices.append(f"{result.name}: left out, because its student is unknown")
        elif other := [one for one in result.students if one.kind is not IdKind.NBGRADER]:
            ids = ", ".join(f"{one_line(one.id)} is {one.kind}" for one in other)
            notices.append(f"{result.name}: left out, because {ids}, not {IdKind.NBGRADER}")
        elif result.problem:
            notices.append(f"{result.name}: could not be graded, so its points wait for a person")
    if no_time := sorted({row.key for row in rows if _lacks_time(row)}):
        notices.append(f"no penalty for lateness, because no time is known: {_listed(no_time)}")
    several = {row.key: {row.submission.result.name, *row.others} for row in rows if row.others}
    for student, names in several.items():
        listed = " or ".join(sorted(names))
        notices.append(f"{student}: left out, because of several submissions; grade only {listed}")
    if skipped := sorted({task.id for one in results if not one.problem for task in one.not_run}):
        notices.append(
            f"tasks left unchanged, because checks did not run: {', '.join(skipped)}; until they"
            " run, feedback and export show no points for them"
        )
    return [
        row
        for row in rows
        if row.grade.student and row.grade.student.kind is IdKind.NBGRADER
        if row.submission.result.of_record and not row.others
    ], notices


def _lacks_time(row: Row) -> bool:
    return any(one.lacks_time for one in row.grade.assignments)


def earned_by(row: Row) -> dict[str, float | None]:
    """The points of each task that is graded completely; None where they wait for a person."""
    result = row.submission.result
    incomplete = set() if result.problem else row.submission.incomplete
    return {
        name: grade.earned
        for name, grade in row.grade.tasks.items()
        if grade.task.kind == "auto"
        and (grade.by_person or (name in result.scope.tasks and name not in incomplete))
    }


def penalty(row: Row, scores: Mapping[str, float]) -> float:
    """The points that come off a student's notebook, rounded as in grades.csv.

    These are the deduction for lateness, and the bonus points beyond the limit.

    Args:
        scores: of every task that has a cell, whether checks or people grade it.
    """
    course = row.submission.result.scope.course
    taken = []
    for one in row.grade.assignments:
        of = [(task, scores.get(task.id) or 0.0) for task in one.assignment.tasks]
        bonus, most = total(s for task, s in of if task.bonus), course.max_bonus_of(one.assignment)
        beyond = 0.0 if most is None else max(0.0, bonus - most)
        earned = total([*(score for _, score in of), -beyond])
        taken += [beyond, deducted(earned, one.late.percent)]
    return total(taken)
