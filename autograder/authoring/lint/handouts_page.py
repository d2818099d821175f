"""docs/handouts.md: every deliverable of every handout, and where it is found here."""

from collections.abc import Iterable, Mapping

from autograder.config import Course, Task
from autograder.config.paths import Repository
from autograder.grading.judging.checks import Check

from .deliverables import Handout, Row

PAGE = Repository.handouts_page.name
HEAD = """\
# What the handouts ask, and where it is

Written by `autograder lint --write` from `profiles/` and the lists of deliverables in
`autograder/authoring/lint/handouts/`, not by hand. A profile makes the assignment of one course:

    autograder release --profile NAME
    autograder grade PATH... --profile NAME

"later" means that nothing here does it yet; *given* is done by what students receive, or by the
grading itself, and earns no points. A cell `check-...` of the notebook runs a task's checks,
`figure-...` draws, `manual-...` is where students answer and people mark.
"""


def page(
    handouts: Mapping[str, Handout], courses: Mapping[str, Course], checks: Iterable[Check]
) -> str:
    """The page in Markdown; `courses` has the course of each profile."""
    files = _files(checks)
    lines = [
        HEAD,
        "| handout | profile | deliverables | here | later |",
        "|---|---|---:|---:|---:|",
    ]
    for name, handout in handouts.items():
        later = sum(row.later is not None for row in handout.rows)
        here = len(handout.rows) - later
        title = f"[{handout.handout}](#{_anchor(handout.handout)})"
        lines.append(f"| {title} | `{name}` | {len(handout.rows)} | {here} | {later} |")
    for name, handout in handouts.items():
        lines += [
            "",
            f"## {handout.handout}",
            "",
            f"Profile `{name}`: {_points(courses[name])}.",
            "",
        ]
        lines += ["| § | deliverable | task | check | notebook cell |", "|---|---|---|---|---|"]
        lines += [_line(row, courses[name], files) for row in handout.rows]
    return "\n".join(lines) + "\n"


def _points(course: Course) -> str:
    return ", ".join(f"{a.title} ({a.points:g})" for a in course.assignments)


def _line(row: Row, course: Course, files: Mapping[str, list[str]]) -> str:
    if row.later is not None:
        return f"| {row.section} | {row.asks} | later: {row.later} | | |"
    known = {task.id: task for task in course.tasks}
    tasks = [known[name] for name in row.tasks]
    named = [f"`{task.id}`" for task in tasks]
    if row.given:
        named.append(f"*given:* {row.given}")
    checks = [name for task in tasks for name in _graded_by(task, files)]
    cells = [f"`{cell}`" for task in tasks for cell in cells_of(task, row)]
    columns = row.section, row.asks, *map("<br>".join, (named, dict.fromkeys(checks), cells))
    return f"| {' | '.join(columns)} |"


def _graded_by(task: Task, files: Mapping[str, list[str]]) -> list[str]:
    return ["a person"] if task.kind == "manual" else files.get(task.id, [])


def cells_of(task: Task, row: Row) -> list[str]:
    """The cells of the notebook in which a task of a row is done, by their grade_id."""
    if task.kind == "auto":
        return [f"check-{task.id}"]
    own = [figure for figure in row.figures if figure in task.figures]
    return [*(f"figure-{figure}" for figure in own), f"manual-{task.id}"]


def _files(checks: Iterable[Check]) -> dict[str, list[str]]:
    """The files in which a task's checks stand, as links."""
    found: dict[str, dict[str, None]] = {}
    for check in checks:
        stem = check.name.partition("::")[0]
        folder = Repository.hidden if check.hidden else Repository.checks
        found.setdefault(check.task, {})[f"[{stem}](../{folder}/{stem}.py)"] = None
    return {task: sorted(links) for task, links in found.items()}


def _anchor(title: str) -> str:
    """As GitHub makes it of a heading."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")
