"""`pytest --report`: the report of your own run, without points."""

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from tests.seam.results import CheckResult

from .page import Page, PartView, TaskView, render


def write_report(path: Path, results: Sequence[CheckResult], seed: str) -> Path:
    """Write the page about the checks of one run of pytest; return where it lies."""
    page = Page(
        title="Diffusion models from scratch",
        subtitle="Your checks, on your machine",
        parts=_parts(results),
        score_note="Points are given by the graders, who run more checks than these.",
        notes=[f"The same inputs again: pytest --check-seed {seed}"],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drawing libraries deprecate things now and then
        path.write_text(render(page), encoding="utf-8")
    return path


def _parts(results: Sequence[CheckResult]) -> list[PartView]:
    """A heading for each file of checks, and under it the tasks that it belongs to."""
    tasks: dict[str, dict[str, list[CheckResult]]] = {}
    for result in results:
        stem = result.check.partition("::")[0]
        tasks.setdefault(stem, {}).setdefault(result.task, []).append(result)
    return [
        PartView(_title(stem), [_task(stem, name, found) for name, found in by_task.items()])
        for stem, by_task in tasks.items()
    ]


def _task(stem: str, name: str, results: Sequence[CheckResult]) -> TaskView:
    return TaskView(id=f"{stem}-{name}", title=name, results=results)


def _title(stem: str) -> str:
    """The first line of the file's docstring."""
    for name, module in list(sys.modules.items()):
        if name.rpartition(".")[2] == stem and module.__doc__:
            return module.__doc__.strip().partition("\n")[0].rstrip(".").replace("`", "")
    return stem.removeprefix("test_").replace("_", " ").capitalize()
