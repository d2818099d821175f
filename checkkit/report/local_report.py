"""`pytest --report`: the report of your own run, without points."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..course import manifest
from ..runner.results import CheckResult
from .page import Page, PartView, TaskView, render
from .screen import screen


def write_report(path: Path, results: Sequence[CheckResult], seed: str) -> Path:
    """Write the page about the checks of one run of pytest; return where it lies."""
    page = Page(
        title=manifest().title,
        subtitle="Your checks, on your machine",
        parts=_parts(results),
        score_note="The graders give points; they run more checks than these.",
        notes=[f"Repeat with the same inputs: pytest --check-seed {seed}"],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drawing libraries deprecate things now and then
        path.write_text(render(page), encoding="utf-8")
    return path


def screen_of(results: Sequence[CheckResult]) -> Iterator[str]:
    """The lines that pytest prints of these checks."""
    return screen(_parts(results))


def _parts(results: Sequence[CheckResult]) -> list[PartView]:
    """The parts of the course with the tasks that ran; other tasks stand last."""
    tasks: dict[str, list[CheckResult]] = {}
    for result in results:
        tasks.setdefault(result.task, []).append(result)
    parts = []
    for part in manifest().parts:
        views = [
            TaskView(task["id"], task["title"], tasks.pop(task["id"]), task["file"])
            for task in part["tasks"]
            if task["id"] in tasks
        ]
        parts += [PartView(part["title"], views)] if views else []
    others = [TaskView(name, name, found) for name, found in tasks.items()]
    return [*parts, PartView("Other checks", others)] if others else parts
