"""What a run has found out, as lines for a gradebook: one for each student."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from autograder.grading.gradebook.adjustments import Adjustments
from autograder.grading.gradebook.grades import BY_PEOPLE, grades_of
from autograder.grading.intake.source import Student
from autograder.grading.judging.result import SubmissionResult


@dataclass(frozen=True)
class Entry:
    """One student. `earned` has the points of each task that this run judged as a whole; None
    where they wait for a person."""

    student: Student
    submission: str
    earned: Mapping[str, float | None]
    submitted_at: datetime | None


def entries_of(
    graded: Sequence[SubmissionResult], adjustments: Adjustments
) -> tuple[list[Entry], list[str]]:
    """The lines, and what to tell of submissions and tasks that have none.

    Runs that were not isolated are of no record, and who has handed in twice has to choose.
    """
    places: dict[str, list[str]] = {}
    for one in graded:
        for student in one.students:
            places.setdefault(student.id, []).append(one.name)
    entries, told = [], []
    for one in graded:
        if not one.of_record:
            told.append(f"{one.name}: not isolated, so of no record; left out")
        elif not one.students:
            told.append(f"{one.name}: nobody knows whose it is; left out")
        elif one.problem:
            told.append(f"{one.name}: could not be graded, so its points wait for a person")
        if one.of_record:
            entries += [entry for entry in _entries(one, adjustments) if _once(entry, places)]
    for student, names in places.items():
        if len(names) > 1:
            told.append(f"{student}: handed in {' and '.join(names)}; grade one of them")
    if left := sorted({task.id for one in graded if not one.problem for task in one.not_run}):
        told.append(
            f"left as they are, for checks of theirs did not run: {', '.join(left)}; until they "
            "have, feedback and export show no points for them"
        )
    return entries, told


def _once(entry: Entry, places: Mapping[str, Sequence[str]]) -> bool:
    return len(places[entry.student.id]) == 1


def _entries(graded: SubmissionResult, adjustments: Adjustments) -> list[Entry]:
    incomplete = set() if graded.problem else {task.id for task in graded.not_run}
    when = datetime.fromisoformat(graded.submitted_at) if graded.submitted_at else None
    entries = []
    for grade in grades_of(graded, adjustments).each if graded.students else ():
        lines = [line for one in grade.assignments for line in one.lines]
        earned = {
            line.task.id: line.earned
            for line in lines
            if line.task.kind == "auto"
            and (
                line.source in BY_PEOPLE
                or (line.task.id in graded.scope.tasks and line.task.id not in incomplete)
            )
        }
        assert grade.student is not None
        entries.append(Entry(grade.student, graded.name, earned, when))
    return entries
