"""docs/handouts.md: every deliverable of every handout, and where it is found here."""

from collections.abc import Iterable, Mapping

from autograder.config import Course, Task
from autograder.config.paths import Repository
from autograder.grading.judging.checks import CheckInfo

from .deliverables import Handout, Row
from .points_table import check_folder

PAGE = Repository.handouts_page.name
HEAD = """\
# Deliverables of the handouts

Written by `autograder lint --write` from `profiles/` and `autograder/authoring/lint/handouts/`. A
profile makes the assignment of one course:

    autograder release --profile NAME
    autograder grade PATH... --profile NAME

*Later* means that the deliverable is missing here. *Given* means that students receive it, or that
the grader does it; it earns no points. In the notebook, a cell `check-...` runs the checks of a
task, `figure-...` draws a figure, and `manual-...` is an answer that people mark.
"""


def page(
    handouts: Mapping[str, Handout], courses: Mapping[str, Course], checks: Iterable[CheckInfo]
) -> str:
    """The page in Markdown; `courses` has the course of each profile."""
    files: dict[str, set[str]] = {}  # of each task's checks, as links
    for check in checks:
        stem, folder = check.name.partition("::")[0], check_folder(check)
        files.setdefault(check.task, set()).add(f"[{stem}](../{folder}/{stem}.py)")
    overview = ["| handout | profile | deliverables | here | later |", "|---|---|---:|---:|---:|"]
    lines = []
    for name, handout in handouts.items():
        title, rows = handout.handout, handout.rows
        later = sum(row.later is not None for row in rows)
        link = f"[{title}](#{_anchor(title)})"
        overview.append(f"| {link} | `{name}` | {len(rows)} | {len(rows) - later} | {later} |")
        points = ", ".join(
            f"{a.title} ({a.points:g}{f' + {a.bonus_points:g} bonus' if a.bonus_points else ''})"
            for a in courses[name].assignments
        )
        lines += ["", f"## {title}", "", f"Profile `{name}`: {points}.", ""]
        lines += ["| § | deliverable | task | check | notebook cell |", "|---|---|---|---|---|"]
        lines += [_line(row, courses[name], files) for row in rows]
    return "\n".join([HEAD, *overview, *lines]) + "\n"


def _line(row: Row, course: Course, files: Mapping[str, set[str]]) -> str:
    if row.later is not None:
        return f"| {row.section} | {row.asks} | later: {row.later} | | |"
    tasks = [task for name in row.tasks for task in course.tasks if task.id == name]
    named = [f"`{task.id}`" for task in tasks] + ([f"*given:* {row.given}"] if row.given else [])
    checks = [
        file
        for task in tasks
        for file in (["a person"] if task.kind == "manual" else sorted(files.get(task.id, ())))
    ]
    cells = [f"`{cell}`" for task in tasks for cell in cells_of(task, row)]
    columns = row.section, row.asks, *map("<br>".join, (named, dict.fromkeys(checks), cells))
    return f"| {' | '.join(columns)} |"


def cells_of(task: Task, row: Row) -> list[str]:
    """The cells of the notebook in which a task of a row is done, by their grade_id."""
    if task.kind == "auto":
        return [f"check-{task.id}"]
    own = [figure for figure in row.figures if figure in task.figures]
    return [*(f"figure-{figure}" for figure in own), f"manual-{task.id}"]


def _anchor(title: str) -> str:
    """As GitHub makes it of a heading."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")
