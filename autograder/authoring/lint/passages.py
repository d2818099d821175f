"""Passages that are for tasks or figures that do not exist: no course would see them."""

from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.authoring.release.notebook.source import read_source
from autograder.config import Course
from autograder.config.paths import Repository, files_in
from autograder.config.reading import did_you_mean
from autograder.course.passages import KINDS, is_for, marked_names, shown


def passage_findings(root: Path, course: Course) -> Iterator[Finding]:
    """Every mark that names no task that has checks, and no figure of the notebook.

    Raises:
        PassageError: a passage does not end.
        NotebookError: the notebook's source cannot be read.
    """
    repository = Repository(root)
    figures = {cell.value for cell in read_source(root) if cell.directive == "figure"}
    known = sorted({*course.known_tasks, *figures, *KINDS})
    python = [
        path
        for folder in (repository.solution, repository.checkkit, repository.checks)
        for path in files_in(folder, ".py")
    ]
    assistants = files_in(repository.student_given / "assistants", ".md")
    for path in [*python, *assistants, repository.handout, repository.notebook_source]:
        file, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        if path != repository.notebook_source:  # its passages lie within its cells
            shown(text, file, None)
        for line, name in marked_names(text):
            if not is_for([name], known):
                problem = f"this passage is for {name}, which is no task and no figure"
                yield Finding(file, line, f"{problem}; {did_you_mean(name, known)}")
