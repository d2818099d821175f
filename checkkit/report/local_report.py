"""What students read of their own run: `pytest --report`, and the screen in the terminal."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..course import Manifest, manifest
from ..points import written
from ..runner.points import Worth
from ..runner.results import CheckResult
from ..runner.session import CheckSession
from .page import Page, PartView, TaskView, render
from .screen import bonus_so_far, next_step, screen


def write_report(path: Path, checks: CheckSession) -> Path:
    """Write the page about the checks of one run of pytest; return where it lies."""
    parts = _parts(checks)
    tasks = [task for part in parts for task in part.tasks]
    scored = all(task.points is not None for task in tasks)
    page = Page(
        title=manifest().title,
        subtitle="Your checks, on your machine",
        parts=parts,
        earned=sum(task.earned or 0 for task in tasks) if scored else None,
        points=sum(task.points or 0 for task in tasks if not task.bonus) if scored else None,
        bonus=bonus_so_far(tasks) if scored else 0.0,
        score_note=f"The graders run more checks than these. {next_step(tasks)}",
        notes=[
            *filter(None, [left_out(checks)]),
            f"Repeat with the same inputs: pytest --check-seed {checks.seed}",
        ],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drawing libraries deprecate things now and then
        path.write_text(render(page), encoding="utf-8")
    return path


def screen_of(checks: CheckSession, notes: Sequence[str]) -> Iterator[str]:
    """The lines that pytest prints of these checks."""
    return screen(_parts(checks), notes)


def left_out(checks: CheckSession) -> str:
    """How many checks did not run as they train, and their points; "" if there are none."""
    by_task: dict[str, list[str]] = {}
    for result in checks.left_out:
        by_task.setdefault(result.task, []).append(result.check)
    if not by_task:
        return ""
    worth = sum(
        checks.worth[task].share(of) for task, of in by_task.items() if task in checks.worth
    )
    points, count = f" ({written(worth)} points)" if worth else "", len(checks.left_out)
    which = "1 check that trains a net" if count == 1 else f"{count} checks that train a net"
    return f"{which} did not run{points}: add --training (minutes)."


def task_view(
    course: Manifest, task_id: str, results: Sequence[CheckResult], worth: Worth | None = None
) -> TaskView:
    """A task, of this course or of none, with the results of its checks."""
    task = course.tasks.get(task_id, {})
    return TaskView(
        task_id,
        task.get("title", task_id),
        results,
        task.get("file", ""),
        earned=worth.earned(results) if worth else None,
        points=worth.points if worth else None,
        note=worth.remark(results) if worth else "",
        section=task.get("section", ""),
        minutes=task.get("minutes"),
        bonus=task.get("bonus", False),
    )


def _parts(checks: CheckSession) -> list[PartView]:
    """The parts of the course with the tasks that ran or could run; other tasks stand last."""
    results: dict[str, list[CheckResult]] = {task: [] for task in checks.worth}
    for result in [*checks.results, *(checks.left_out if checks.worth else ())]:
        results.setdefault(result.task, []).append(result)
    course, parts = manifest(), []
    views = {
        task: task_view(course, task, found, checks.worth.get(task))
        for task, found in results.items()
    }
    for part in course.parts:
        here = [views.pop(task["id"]) for task in part["tasks"] if task["id"] in views]
        parts += [PartView(part["title"], here)] if here else []
    return [*parts, PartView("Other checks", list(views.values()))] if views else parts
