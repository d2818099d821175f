"""report.html: what a student may see of a graded submission, and when.

Before publication the hidden tasks are not on the page, and neither is a total that includes them.
What is worth nothing and did not run here is left out too.
After it they are, with the outcomes of their checks and not a word more.
"""

from autograder.config import Assignment, Part
from autograder.judge.graded import Graded
from autograder.judge.scoring import TaskScore, total
from tests.report.page import Page, PartView, TaskView, render

from .gradescope import MISSING, UNSUPPORTED

LATER = "Further checks count too; their points are added when grades are published."


def student_page(graded: Graded, published: bool) -> str:
    """The HTML of report.html."""
    shown = {
        score.task.id: score
        for score in graded.scores()
        if (published or not score.task.hidden) and (score.task.points or score.judged)
    }
    parts = [
        PartView(part.title, tasks)
        for assignment in graded.scope.course.assignments
        for part in assignment.parts
        if (tasks := _tasks(graded, part, shown))
    ]
    return render(
        Page(
            title=_title(graded),
            subtitle=graded.name,
            parts=[] if graded.problem else parts,
            earned=total(score.earned for score in shown.values()),
            points=total(score.task.points for score in shown.values()),
            score_note="" if published or not _hidden(graded) else LATER,
            warnings=_warnings(graded),
            notes=_notes(graded),
        )
    )


def _hidden(graded: Graded) -> bool:
    return any(score.task.hidden for score in graded.scores())


def _title(graded: Graded) -> str:
    def judged(assignment: Assignment) -> bool:
        return any(task.id in graded.scope.tasks for task in assignment.tasks)

    return " · ".join(a.title for a in graded.scope.course.assignments if judged(a))


def _tasks(graded: Graded, part: Part, shown: dict[str, TaskScore]) -> list[TaskView]:
    return [_task(graded, shown[task.id]) for task in part.tasks if task.id in shown]


def _task(graded: Graded, score: TaskScore) -> TaskView:
    task = score.task
    return TaskView(
        id=task.id,
        title=task.title,
        results=score.results,
        file="" if task.hidden else task.file or "",
        earned=score.earned,
        points=task.points,
        withheld=score.withheld and graded.finished,
        sealed=task.hidden,
        note="" if task.hidden else _advice(graded, score),
    )


def _advice(graded: Graded, score: TaskScore) -> str:
    """Where a task fails that builds on one which fails too, the other comes first."""
    if score.unsupported:
        return UNSUPPORTED
    if score.earned == score.task.points:
        return ""
    tasks = graded.scope.course.auto_tasks
    before = [
        tasks[name].title
        for name in score.task.needs
        if name in graded.scope.tasks
        and graded.score_of(name).judged
        and graded.score_of(name).earned < tasks[name].points
    ]
    return f"This builds on: {', '.join(before)}. Begin there." if before else ""


def _warnings(graded: Graded) -> list[str]:
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
    return warnings


def _notes(graded: Graded) -> list[str]:
    notes = [f"Graded {graded.started}." if graded.started else ""]
    if graded.from_starter:
        names = ", ".join(graded.from_starter)
        notes.append(f"Not in your submission, so the starter's were taken: {names}")
    if graded.ignored:
        notes.append(f"In your submission, but not looked at: {', '.join(graded.ignored)}")
    notes += [f"While it ran, {complaint}; this cost nothing." for complaint in graded.complaints]
    if graded.seeds:
        notes.append(f"The same inputs again: pytest --check-seed {graded.seeds[0]}")
    return [note for note in notes if note]
