"""Files that Python cannot read, among those that everything else is made from."""

import ast
from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config.paths import Repository, files_in


def syntax_findings(root: Path) -> Iterator[Finding]:
    """Every file of the solution, of the checks and of their library that is no Python."""
    repository = Repository(root)
    folders = repository.solution, repository.checkkit, repository.checks, repository.hidden
    for folder in folders:
        for path in files_in(folder, ".py"):
            file = path.relative_to(root).as_posix()
            try:
                ast.parse(path.read_bytes())
            except SyntaxError as error:
                problem = f"Python cannot read this file: {error.msg}; correct this line"
                yield Finding(file, error.lineno or 1, problem)
            except ValueError as error:  # a null byte
                yield Finding(file, 1, f"Python cannot read this file: {error}")
