"""The kill matrix on files: a page to look at, a table to compute with."""

from pathlib import Path

from autograder.config.paths import REPOSITORY
from autograder.grading.judging.checks import CheckInfo
from autograder.validation.files import csv_of
from checkkit.report.page import environment
from checkkit.runner.outcomes import Outcome

from .diagnoses import diagnosis, misleading, share_right
from .entries import KnownBug
from .judging import NOT_RUN, Row
from .matrix import FAULTS, Matrix, Verdict


def write_pages(folder: Path, matrix: Matrix, seed: str) -> Path:
    """Write kills.html and kills.csv into `folder`; return the path of the page."""
    page = folder / "kills.html"
    page.write_text(html(matrix, seed), encoding="utf-8")
    (folder / "kills.csv").write_text(csv_text(matrix), encoding="utf-8")
    return page


def csv_text(matrix: Matrix) -> str:
    """One line an entry, one column a check."""
    rows = []
    for verdict, row in matrix.sorted_rows:
        entry = row.entry
        bug = entry if isinstance(entry, KnownBug) else None
        ends = {c.name: row.endings.get(c.name, NOT_RUN).outcome for c in _columns(matrix)}
        rows.append(
            {
                "name": entry.name,
                "kind": "bug" if bug else "variant",
                "verdict": verdict,
                "task": " ".join(bug.task) if bug else "",
                "killed_by": bug.killed_by if bug else "",
                "bug": bug.bug or "" if bug else "",
                "words": entry.words,
                "problem": row.problem,
                "seconds": f"{row.seconds:.1f}",
                "diagnosis": diagnosis(row),
                "diagnosed as": "; ".join(row.diagnosed),
                **ends,
            }
        )
    return csv_of(rows)


def html(matrix: Matrix, seed: str) -> str:
    """The page: faults in words on top, then the whole matrix."""
    checks = _columns(matrix)
    tasks = list(dict.fromkeys(check.task for check in checks))
    page = environment(REPOSITORY.known_bugs_templates).get_template("kills.html")
    return page.render(
        matrix=matrix,
        seed=seed,
        sections=[(verdict, matrix.having(verdict)) for verdict in FAULTS],
        not_tested=matrix.having(Verdict.NOT_TESTED),
        counts=[(str(verdict), len(matrix.having(verdict))) for verdict in Verdict],
        tasks=[(task, sum(check.task == task for check in checks)) for task in tasks],
        checks=checks,
        idle={check.name for check in matrix.idle},
        rows=[(verdict, row, _cells(matrix, row, checks)) for verdict, row in matrix.sorted_rows],
        misleading=misleading,
        share_right=share_right,
    )


def _columns(matrix: Matrix) -> list[CheckInfo]:
    """The checks, those of a task side by side."""
    tasks = list(dict.fromkeys(check.task for check in matrix.checks))
    return sorted(matrix.checks, key=lambda check: tasks.index(check.task))


def _cells(matrix: Matrix, row: Row, checks: list[CheckInfo]) -> list[tuple[str, str]]:
    """A class and a sign for each check: kill by its own task, by another, passed, not run."""
    own, cells = matrix.own_killers(row), []
    for check in checks:
        ending = row.endings.get(check.name, NOT_RUN)
        if ending.kills:
            cells.append(("own", "×") if check.name in own else ("other", "o"))
        else:
            cells.append(("", "") if ending.outcome is Outcome.PASSED else ("wait", "–"))
    return cells
