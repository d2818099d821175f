"""instructor.html: for staff, everything that is known of one submission."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.grading.gradebook.grades import StudentGrade, SubmissionGrades
from checkkit.report.figures import Picture
from checkkit.report.page import MOST_PICTURE_BYTES
from checkkit.report.status import BY_HAND, Status, status_of_check, status_of_task
from checkkit.runner.outcomes import Outcome

from .partial import OF_THE_RUN, left_out
from .staff_pages import staff_page

Pictures = Mapping[str, Sequence[Picture]]  # of each check


def instructor_page(grades: SubmissionGrades, pictures: Pictures) -> str:
    """The HTML of instructor.html."""
    result = grades.result
    scores = {} if result.problem else {score.task.id: score for score in result.scores()}
    partial = left_out(grades)
    return staff_page(
        "instructor.html",
        result=grades.result,
        grades=grades,
        groups=_groups(grades),
        partial=partial,
        flags=[flag for flag in grades.flags if not (partial and flag.startswith(OF_THE_RUN))],
        outcome_status=_outcome_status,
        scores=scores,
        statuses={
            name: BY_HAND
            if grades.tasks[name].by_person
            else status_of_task([one.outcome for one in score.results], name in grades.pending)
            for name, score in scores.items()
        },
        pictures=_limited(pictures),
    )


def _outcome_status(outcome: Outcome) -> Status:
    """The status of a check, in the words of staff."""
    return replace(status_of_check(outcome), word=str(outcome))


def _groups(grades: SubmissionGrades) -> list[list[StudentGrade]]:
    """The students, grouped by equal grades."""
    groups: list[list[StudentGrade]] = []
    for grade in grades.students:
        for group in groups:
            if group[0].assignments == grade.assignments:
                group.append(grade)
                break
        else:
            groups.append([grade])
    return groups


def _limited(pictures: Pictures) -> dict[str, list[Picture]]:
    """As many pictures as a page may hold."""
    limited, size = {}, 0
    for check, some in pictures.items():
        for picture in some:
            size += len(picture.png)
            if size <= MOST_PICTURE_BYTES:
                limited.setdefault(check, []).append(picture)
    return limited
