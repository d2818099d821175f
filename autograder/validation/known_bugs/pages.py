"""The kill matrix on files: a page to look at, a table to compute with."""

import csv
import io
from pathlib import Path

from autograder.config.paths import REPOSITORY
from autograder.grading.judging.checks import Check
from checkkit.report.page import environment
from checkkit.runner.outcomes import Outcome

from .entries import Mutant
from .matrix import FAULTS, Matrix, Verdict
from .rows import NOT_RUN, Row


def write_pages(folder: Path, matrix: Matrix, seed: str) -> Path:
    """Write kills.html and kills.csv into `folder`; return the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "kills.html"
    page.write_text(html(matrix, seed), encoding="utf-8")
    (folder / "kills.csv").write_text(csv_text(matrix), encoding="utf-8")
    return page


def csv_text(matrix: Matrix) -> str:
    """One line an entry, one column a check."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    checks = _columns(matrix)
    heading = ["name", "kind", "verdict", "task", "killed_by", "bug", "words", "problem", "seconds"]
    heading += ["diagnosis", "diagnosed as"]
    table.writerow(heading + [check.name for check in checks])
    for verdict, row in matrix.sorted_rows:
        entry = row.entry
        wrong = isinstance(entry, Mutant)
        about = [" ".join(entry.task), entry.killed_by, entry.bug or ""] if wrong else ["", "", ""]
        table.writerow(
            [entry.name, "mutant" if wrong else "variant", str(verdict), *about, entry.words]
            + [row.problem, f"{row.seconds:.1f}"]
            + [str(matrix.diagnoses.verdict(row)), "; ".join(row.mistakes)]
            + [str(row.endings.get(check.name, NOT_RUN).outcome) for check in checks]
        )
    return text.getvalue()


def html(matrix: Matrix, seed: str) -> str:
    """The page: faults in words on top, then the whole matrix."""
    checks = _columns(matrix)
    tasks = list(dict.fromkeys(check.task for check in checks))
    idle = {check.name for check in matrix.idle}
    return (
        environment(REPOSITORY.mutants_templates)
        .get_template("kills.html")
        .render(
            matrix=matrix,
            seed=seed,
            sections=[(verdict, matrix.having(verdict)) for verdict in FAULTS],
            not_tested=matrix.having(Verdict.NOT_TESTED),
            counts=[(str(verdict), len(matrix.having(verdict))) for verdict in Verdict],
            tasks=[(task, sum(check.task == task for check in checks)) for task in tasks],
            checks=checks,
            idle=idle,
            rows=[(found, row, _cells(matrix, row, checks)) for found, row in matrix.sorted_rows],
            table=matrix.diagnoses.table,
            misled=matrix.diagnoses.wrong,
            is_mutant=lambda entry: isinstance(entry, Mutant),
        )
    )


def _columns(matrix: Matrix) -> list[Check]:
    """The checks, those of a task side by side."""
    tasks = list(dict.fromkeys(check.task for check in matrix.checks))
    return sorted(matrix.checks, key=lambda check: tasks.index(check.task))


def _cells(matrix: Matrix, row: Row, checks: list[Check]) -> list[tuple[str, str]]:
    """A class and a sign for each check: own kill, kill of a bystander, passed, not run."""
    own = set(matrix.own_killers(row))
    cells = []
    for check in checks:
        ending = row.endings.get(check.name, NOT_RUN)
        if ending.kills:
            cells.append(("own", "×") if check.name in own else ("other", "o"))
        else:
            cells.append(("", "") if ending.outcome is Outcome.PASSED else ("wait", "–"))
    return cells
