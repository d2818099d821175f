"""The table part -> file -> checks -> points of README.md, generated between two markers."""

from collections import Counter
from collections.abc import Iterable

from autograder.config import Course
from autograder.config.paths import Repository
from autograder.course.strip import SourceError
from autograder.grading.judging.checks import CheckInfo

README = Repository.readme.name
BEGIN = "<!-- points: written by `autograder lint --write`, not by hand -->"
END = "<!-- end of points -->"


def points_table(course: Course, checks: Iterable[CheckInfo]) -> str:
    """The table in Markdown, with a line of its own for each assignment's total; + is a bonus."""
    files: dict[str, Counter[str]] = {}  # of each task, with the number of its checks
    for check in checks:
        stem, folder = check.name.partition("::")[0], check_folder(check)
        files.setdefault(check.task, Counter())[f"[{stem}]({folder}/{stem}.py)"] += 1
    rows = ["| part | task | file | checks | points |", "|---|---|---|---|---:|"]
    for assignment in course.assignments:
        for part in assignment.parts:
            heading = part.title
            for task in part.tasks:
                counts = sorted(files.get(task.id, Counter()).items())
                graded_by = "<br>".join(f"{link} {n}" for link, n in counts) or "none yet"
                cells = (
                    heading,
                    f"{task.title} (`{task.id}`)",
                    f"`diffusion/{task.file}`" if task.file else "",
                    "a person" if task.kind == "manual" else graded_by,
                    f"{'+' * task.bonus}{task.points:g}",
                )
                rows.append(f"| {' | '.join(cells)} |")
                heading = ""
        bonus = f" +{assignment.bonus_points:g}" if assignment.bonus_points else ""
        rows.append(f"| **{assignment.title}** | | | | **{assignment.points:g}**{bonus} |")
    return "\n".join(rows)


def check_folder(check: CheckInfo) -> str:
    """The folder of a check, below the root of the repository."""
    return (Repository.hidden if check.hidden else Repository.checks).name


def with_table(readme: str, table: str) -> str:
    """README.md with its table replaced.

    Raises:
        SourceError: a marker is missing, repeated or misplaced.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise SourceError(README, 1, f"needs the lines {BEGIN} and {END}, once and in this order")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"
