"""report.html: what a student may see of a graded submission, and when.

Before publication the hidden tasks are not on the page, and neither is a total that includes them
nor what lateness takes off such a total. After it they are, with the outcomes of their checks and
not a word more. What is worth nothing and did not run here is always left out.
"""

from collections.abc import Iterator, Mapping, Sequence

from autograder.config import Assignment, Part, Task
from autograder.grading.gradebook.grades import (
    BY_PEOPLE,
    AssignmentGrade,
    SubmissionGrades,
    TaskGrade,
    grades_of,
)
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scoring import TaskScore, total
from checkkit.report.figures import Picture
from checkkit.report.page import Deduction, Page, PartView, TaskView, render

from .gradescope import DIFFER, MISSING, UNSUPPORTED

LATER = "Further checks count too; their points are added when grades are published."


def student_page(
    graded: SubmissionResult,
    published: bool,
    marks: SubmissionGrades | None = None,
    drawn: Mapping[str, Sequence[Picture]] | None = None,
) -> str:
    """The HTML of report.html; `drawn` are pictures of checks, where they have been drawn."""
    marks = marks or grades_of(graded)
    scores = {score.task.id: score for score in graded.scores()}
    shown = {
        name: line
        for name, line in marks.lines.items()
        if (published or not line.task.hidden) and _tells(line, scores.get(name))
    }
    parts = [
        PartView(part.title, tasks)
        for assignment in graded.scope.course.assignments
        for part in assignment.parts
        if (tasks := _tasks(graded, part, shown, scores))
    ]
    told = {one.assignment.id: published or not _hidden(graded, one) for one in _graded(marks)}
    return render(
        Page(
            title=_title(graded, shown),
            subtitle=graded.name,
            parts=parts,
            earned=total(
                one.total if told[one.assignment.id] and not marks.differ else _sum(one, shown)
                for one in _graded(marks)
            ),
            points=total(line.task.points for line in shown.values()),
            score_note="" if all(told.values()) else LATER,
            deductions=[] if marks.differ else list(_deductions(marks, told)),
            warnings=_warnings(graded, marks),
            notes=_notes(graded),
            drawn=drawn,
        )
    )


# ------------------------------------------------------------------------------- what is shown


def _tells(line: TaskGrade, score: TaskScore | None) -> bool:
    """Whether there is anything to say of a task."""
    if line.source in BY_PEOPLE:
        return line.earned is not None
    return score is not None and bool(score.task.points or score.judged)


def _graded(marks: SubmissionGrades) -> Sequence[AssignmentGrade]:
    return marks.shared.assignments


def _hidden(graded: SubmissionResult, grade: AssignmentGrade) -> bool:
    """Tasks count here that students see later."""
    return any(
        line.task.hidden and (line.task.id in graded.scope.tasks or line.source in BY_PEOPLE)
        for line in grade.lines
    )


def _sum(grade: AssignmentGrade, shown: Mapping[str, TaskGrade]) -> float:
    return total(line.earned or 0.0 for line in grade.lines if line.task.id in shown)


def _title(graded: SubmissionResult, shown: Mapping[str, TaskGrade]) -> str:
    def judged(assignment: Assignment) -> bool:
        return any(task.id in graded.scope.tasks or task.id in shown for task in assignment.tasks)

    return " · ".join(a.title for a in graded.scope.course.assignments if judged(a))


def _deductions(marks: SubmissionGrades, told: Mapping[str, bool]) -> Iterator[Deduction]:
    """Lateness, a line for each assignment; what it costs would tell what the whole is."""
    for grade in _graded(marks):
        late, name = grade.late, grade.assignment.title
        if not late.days and not late.deduction:
            continue
        days = f"{late.days} day{'' if late.days == 1 else 's'} late"
        if told[grade.assignment.id]:
            yield Deduction(f"{name}, {days}: {late.text}".rstrip(": "), late.deduction)
        else:
            words = "what that takes off is told when grades are published"
            yield Deduction(f"{name}, {days}: {words}.", None)


# ------------------------------------------------------------------------------------- a task


def _tasks(
    graded: SubmissionResult,
    part: Part,
    shown: Mapping[str, TaskGrade],
    scores: Mapping[str, TaskScore],
) -> list[TaskView]:
    """The tasks of a part; of what could not be graded, those alone that a person decided on."""
    lines = [shown[task.id] for task in part.tasks if task.id in shown]
    told = [line for line in lines if not graded.problem or line.source in BY_PEOPLE]
    return [_task(graded, line, scores) for line in told]


def _task(graded: SubmissionResult, line: TaskGrade, scores: Mapping[str, TaskScore]) -> TaskView:
    task, score = line.task, scores.get(line.task.id)
    return TaskView(
        id=task.id,
        title=task.title,
        results=score.results if score and not graded.problem else (),
        file="" if task.hidden else task.file or "",
        earned=line.earned or 0.0,
        points=task.points,
        withheld=bool(score) and score.withheld and line.earned is None and graded.finished,
        sealed=task.hidden,
        by_hand=line.source in BY_PEOPLE,
        note="" if task.hidden else _said(line) or _advice(graded, task, score),
    )


def _said(line: TaskGrade) -> str:
    """What a person who decided the points has said."""
    if line.source == "override":
        return f"A person set the points of this task. {line.reason}".strip()
    return line.reason if line.source == "manual" else ""


def _advice(graded: SubmissionResult, task: Task, score: TaskScore | None) -> str:
    """Where a task fails that builds on one which fails too, the other comes first."""
    if score is None or score.earned == task.points:
        return ""
    if score.unsupported:
        return UNSUPPORTED
    tasks = graded.scope.course.auto_tasks
    before = [
        tasks[name].title
        for name in task.needs
        if name in graded.scope.tasks
        and graded.score_of(name).judged
        and graded.score_of(name).earned < tasks[name].points
    ]
    return f"This builds on: {', '.join(before)}. Begin there." if before else ""


# --------------------------------------------------------------------------------- above, below


def _warnings(graded: SubmissionResult, marks: SubmissionGrades) -> list[str]:
    warnings = []
    if graded.problem:
        warnings.append(f"This submission could not be graded: {graded.problem}")
    if not graded.of_record:
        warnings.append("Not of record: this run was not isolated, so its points do not count.")
    if not graded.finished and not graded.problem:
        warnings.append("Grading did not finish; this is what was known.")
    if any(not task.hidden for task in graded.not_run):
        warnings.append(MISSING)
    if not graded.scope.whole:
        warnings.append("Only some of the tasks were graded in this run.")
    if marks.differ:
        warnings.append(DIFFER)
    return warnings


def _notes(graded: SubmissionResult) -> list[str]:
    notes = [f"Graded {graded.started}." if graded.started else ""]
    if graded.from_starter:
        names = ", ".join(graded.from_starter)
        notes.append(f"Not in your submission, so the starter's were taken: {names}")
    if graded.ignored:
        notes.append(f"In your submission, but not looked at: {', '.join(graded.ignored)}")
    notes += [f"{remark}." for remark in graded.remarks]
    notes += [f"While it ran, {complaint}; this cost nothing." for complaint in graded.complaints]
    if graded.seeds:
        notes.append(f"The same inputs again: pytest --check-seed {graded.seeds[0]}")
    return [note for note in notes if note]
