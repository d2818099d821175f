"""report.html: what a student may see of a graded submission, and when.

Before publication, hidden tasks are not on the page, and neither is a total that includes them nor
a deduction from such a total. After publication they are, but of their checks only whether they
passed: a submission can choose every other end by what a hidden check asked it. So are tasks of
visibility after_due_date as soon as the due date has passed for all. What a run leaves out is not
shown.
"""

from collections.abc import Iterator, Mapping, Sequence

from autograder.config import Course, Task
from autograder.grading.gradebook.grades import (
    AssignmentGrade,
    SubmissionGrades,
    TaskGrade,
    counted_bonus,
)
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scoring import TaskScore, total
from checkkit.points import written
from checkkit.report.figures import Picture
from checkkit.report.page import Deduction, Page, PartView, TaskView, render
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

from .results_json import UNKNOWN_TIME, sources, warnings

LATER = "Further checks also count; their points are added when grades are published."


def student_page(
    grades: SubmissionGrades,
    published: bool,
    pictures: Mapping[str, Sequence[Picture]] | None = None,
) -> str:
    """The HTML of report.html; `pictures` are those of each check, if they are already drawn."""
    result, assignments = grades.result, grades.shared.assignments
    course = result.scope.course
    scores = {score.task.id: score for score in result.scores()}
    shown = {
        name: grade
        for name, grade in grades.tasks.items()
        if grades.shows(grade.task, published) and _has_content(grade, scores.get(name))
    }
    # If the submission could not be graded, only what people graded has an article of its own.
    listed = [n for n, grade in shown.items() if grade.by_person or not result.problem]
    parts = [
        PartView(part.title, tasks)
        for assignment in course.assignments
        for part in assignment.parts
        if (tasks := [_task(result, shown[t.id], scores) for t in part.tasks if t.id in listed])
    ]
    # Assignments whose total students may see.
    open_totals = {
        one.assignment.id for one in assignments if not _counts_hidden(grades, one, published)
    }
    titles = [
        assignment.title
        for assignment in course.assignments
        if any(task.id in result.scope.tasks or task.id in shown for task in assignment.tasks)
    ]
    ungraded = bool(result.problem) and not grades.shared.graded
    return render(
        Page(
            title=" · ".join(titles),
            course="" if course.title in titles else course.title,
            subtitle=result.name,
            parts=parts,
            ungraded=ungraded,
            earned=total(
                one.total
                if one.assignment.id in open_totals
                else one.counted(grade for grade in one.tasks if grade.task.id in shown)
                for one in assignments
            ),
            points=total(grade.possible for grade in shown.values() if not grade.task.bonus),
            bonus=total(
                counted_bonus((g for g in one.tasks if g.task.id in shown), one.max_bonus)
                for one in assignments
            ),
            score_note="" if ungraded or len(open_totals) == len(assignments) else LATER,
            deductions=[] if ungraded else list(_deductions(course, assignments, open_totals)),
            warnings=warnings(grades, published),
            notes=_notes(result),
            drawn=pictures,
        )
    )


# ------------------------------------------------------------------------------- what is shown


def _has_content(grade: TaskGrade, score: TaskScore | None) -> bool:
    if grade.by_person:
        return grade.earned is not None
    return score is not None and bool(score.task.points or score.judged)


def _counts_hidden(grades: SubmissionGrades, assignment: AssignmentGrade, published: bool) -> bool:
    """The total includes tasks that students see later."""
    return any(
        not grades.shows(grade.task, published)
        and (grade.task.id in grades.result.scope.tasks or grade.by_person)
        for grade in assignment.tasks
    )


def _deductions(
    course: Course, assignments: Sequence[AssignmentGrade], open_totals: set[str]
) -> Iterator[Deduction]:
    """Lateness of each assignment, and bonus points beyond the limit.

    Points are said only where students may see the total.
    """
    for grade in assignments:
        late, title = grade.late, grade.assignment.title
        if grade.beyond_limit and grade.assignment.id in open_totals:
            words = f"{title}: at most {written(grade.max_bonus or 0)} bonus points count"
            yield Deduction(words, grade.beyond_limit)
        if grade.lacks_time and course.late_policy(grade.assignment):
            yield Deduction(f"{title}: {UNKNOWN_TIME}", None)
        elif late.days or late.deduction:
            words = f"{title}, {late.days} day{'' if late.days == 1 else 's'} late"
            if grade.assignment.id in open_totals:
                yield Deduction(f"{words}: {late.text}".rstrip(": "), late.deduction)
            else:
                later = "you see the deduction when grades are published"
                yield Deduction(f"{words}: {later}.", None)


# ------------------------------------------------------------------------------------- a task


def _task(result: SubmissionResult, grade: TaskGrade, scores: Mapping[str, TaskScore]) -> TaskView:
    task, score = grade.task, scores.get(grade.task.id)
    results = score.results if score and not result.problem else ()
    if task.hidden:
        results = [_passed_or_not(check) for check in results]
    return TaskView(
        id=task.id,
        title=task.title,
        results=results,
        file="" if task.hidden else task.file or "",
        earned=grade.earned or 0.0,
        points=grade.possible,
        bonus=task.bonus,
        withheld=bool(score) and score.withheld and grade.earned is None and result.finished,
        sealed=task.hidden,
        by_hand=grade.by_person,
        note="" if task.hidden else _reason(grade) or _advice(result, task, score),
    )


def _passed_or_not(check: CheckResult) -> CheckResult:
    passed = check.outcome is Outcome.PASSED
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    return CheckResult(check.check, check.task, check.sentence, outcome)


def _reason(grade: TaskGrade) -> str:
    """What the person who decided the points wrote."""
    if grade.source == "override":
        return f"A person set the points of this task. {grade.reason}".strip()
    return grade.reason if grade.source == "manual" else ""


def _advice(result: SubmissionResult, task: Task, score: TaskScore | None) -> str:
    """If a task fails that builds on another one that fails too, the other one comes first."""
    if score is None or score.earned == score.possible:
        return ""
    if score.remark and not score.earned:
        return score.remark
    needed = [result.score_of(name) for name in task.needs if name in result.scope.tasks]
    failing = [one.task.title for one in needed if one.judged and one.earned < one.possible]
    return f"This task needs: {', '.join(failing)}. Correct that first." if failing else ""


def _notes(result: SubmissionResult) -> list[str]:
    """What stands at the end of the page."""
    return [
        *([f"Graded {result.started}."] if result.started else []),
        *sources(result),
        *(f"{remark}." for remark in result.remarks),
        *(
            f"During the run, {complaint}; you lose no points for this."
            for complaint in result.complaints
        ),
        *(f"Repeat with the same inputs: pytest --check-seed {seed}" for seed in result.seeds[:1]),
    ]
