"""The table part -> file -> checks -> points of README.md, generated between two markers."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.authoring.findings import REGENERATE, Finding
from autograder.config import Course, Task
from autograder.config.paths import Repository
from autograder.grading.judging.checks import Check

README = Repository.readme.name
BEGIN = "<!-- points: written by `autograder lint --write`, not by hand -->"
END = "<!-- end of points -->"


def points_table(course: Course, checks: Iterable[Check]) -> str:
    """The table in Markdown, with a line of its own for each assignment's total."""
    files: dict[str, Counter[str]] = {}
    for check in checks:
        folder = Repository.hidden if check.hidden else Repository.checks
        stem = check.name.partition("::")[0]
        files.setdefault(check.task, Counter())[f"{folder}/{stem}.py"] += 1
    rows = ["| part | task | file | checks | points |", "|---|---|---|---|---:|"]
    for assignment in course.assignments:
        for part in assignment.parts:
            for at, task in enumerate(part.tasks):
                heading = part.title if at == 0 else ""
                file = f"`diffusion/{task.file}`" if task.file else ""
                cells = heading, _task(task), file, _graded_by(task, files), f"{task.points:g}"
                rows.append(f"| {' | '.join(cells)} |")
        rows.append(f"| **{assignment.title}** | | | | **{assignment.points:g}** |")
    return "\n".join(rows)


def _task(task: Task) -> str:
    return f"{task.title} (`{task.id}`)"


def _graded_by(task: Task, files: dict[str, Counter[str]]) -> str:
    if task.kind == "manual":
        return "a person"
    of_task = files.get(task.id, Counter())
    links = (f"[{Path(file).stem}]({file}) {n}" for file, n in sorted(of_task.items()))
    return "<br>".join(links) or "none yet"


def with_table(readme: str, table: str) -> str:
    """README.md with its table replaced.

    Raises:
        ValueError: the markers are not both there, once and in order.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"needs the lines {BEGIN} and {END}, once each and in this order")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def table_findings(root: Path, course: Course, checks: Iterable[Check]) -> Iterator[Finding]:
    """Whether README.md shows other points or checks than there are."""
    try:
        readme = Repository(root).readme.read_text()
        fresh = with_table(readme, points_table(course, checks))
    except (OSError, ValueError) as error:
        yield Finding(README, 1, str(error))
        return
    for number, (have, want) in enumerate(
        zip(readme.splitlines(), fresh.splitlines(), strict=False), start=1
    ):
        if have != want:
            problem = f"the table of points is stale: {REGENERATE}"
            yield Finding(README, number, problem, f"-{have}\n+{want}\n")
            return
