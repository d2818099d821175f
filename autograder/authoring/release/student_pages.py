"""Pages of the bundle: README.md, how to set up, run and hand in; and the report to fill in."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import jinja2

from autograder.config import Course, LatePolicy, Part, Task
from autograder.config.paths import Repository
from autograder.course.passages import shows_pretrained
from checkkit.course import Manifest
from checkkit.report.local_report import task_view
from checkkit.report.screen import next_step
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

from .parts import PARTS

TRAINING = "diffusion/training.py"


def readme(course: Course, repository: Repository, files: Mapping[str, bytes]) -> str:
    """The page, in Markdown; `files` are the modules, checks and parts that students get."""
    template = _template(repository.bundle_readme)
    return template.render(
        course=course,
        example=_first_step(course, files),
        table="\n".join(_table(course)),
        training=TRAINING in files,
        training_checks=any(b"pytest.mark.training" in content for content in files.values()),
        classifier=Repository.classifier.name in files,
        people_grade=bool(manual_tasks(course)),
        **_figures(course),
        dates=[
            (a.title, f"{a.due:%Y-%m-%d %H:%M} ({a.due.tzname()})", _late(course.late_policy(a)))
            for a in course.assignments
        ],
    )


def _first_step(course: Course, files: Mapping[str, bytes]) -> str:
    """The line of the checks that says where to begin; "" if the course has no stubs."""
    manifest = Manifest(**json.loads(files[PARTS]))
    for task in course.auto_tasks.values():
        text = files.get(f"diffusion/{task.file}", b"").decode() if task.stubs else ""
        if stub := re.search(rf'NotImplementedError\("(.*\(task {task.id}\).*)"\)', text):
            result = CheckResult("", task.id, "", Outcome.NOT_ATTEMPTED, message=stub[1])
            return next_step([task_view(manifest, task.id, [result])])
    return ""


def report_page(course: Course, repository: Repository, numbers: Mapping[str, int]) -> str:
    """report/report.md: the questions, the numbered figures to put in, and room for the answers."""
    template = _template(repository.bundle_report)
    return template.render(
        course=course,
        tasks=manual_tasks(course),
        **_figures(course),
        numbers=numbers,
    )


def manual_tasks(course: Course) -> list[Task]:
    """The tasks that people mark."""
    return [task for task in course.tasks if task.kind == "manual"]


def _figures(course: Course) -> dict[str, bool]:
    """Whether there are figures, whether some are of trained nets, and of a pretrained model."""
    pretrained = {shows_pretrained(f) for task in course.tasks for f in task.figures}
    return {
        "figures": bool(pretrained),
        "trained": False in pretrained,
        "edited": True in pretrained,
    }


def _template(path: Path) -> jinja2.Template:
    environment = jinja2.Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # Markdown out of grading.yaml, which staff write
    )
    return environment.from_string(path.read_text(encoding="utf-8"))


def _late(policy: LatePolicy | None) -> str:
    """The deduction for a late submission, as the end of a sentence; "" if there is none."""
    if policy is None or not policy.percent_per_day:
        return ""
    words = f"each started day after that costs {policy.percent_per_day:g} % of your earned points"
    if policy.max_percent < 100:
        words += f", at most {policy.max_percent:g} %"
    if policy.grace_minutes:
        words += f"; the first {policy.grace_minutes:g} minutes are free"
    return words


def _table(course: Course) -> list[str]:
    """A row for each visible task, one for the hidden tasks of each part, one for each total."""
    rows = ["| part | task | file | points |", "|---|---|---|---:|"]
    for assignment in course.assignments:
        for part in assignment.parts:
            rows += [f"| {' | '.join(cells)} |" for cells in _rows(part)]
        rows.append(f"| **{assignment.title}** | | | **{assignment.points:g}** |")
        if bonus := assignment.bonus_points:
            most = course.max_bonus_of(assignment)
            limit = "" if most is None else f", of which at most {most:g} count"
            rows.append(f"| **{assignment.title}**, bonus{limit} | | | +{bonus:g} |")
    return rows


def _rows(part: Part) -> list[tuple[str, str, str, str]]:
    shown = [task for task in part.tasks if not task.hidden]
    hidden = [task for task in part.tasks if task.hidden]
    rows = []
    for task in shown:
        file = f"`diffusion/{task.file}`" if task.file else "graded by a person"
        rows.append((f"{task.title} (`{task.id}`)", file, f"{'+' * task.bonus}{task.points:g}"))
    for bonus in (False, True):
        if of := [task.points for task in hidden if task.bonus is bonus]:
            points = sum(of)
            rows.append(("further checks, after you hand in", "", f"{'+' * bonus}{points:g}"))
    return [(part.title if at == 0 else "", *row) for at, row in enumerate(rows)]
