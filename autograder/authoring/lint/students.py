"""The imports of what students receive: only packages that they have.

Other rules of imports are in pyproject.toml, under import-linter.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config.paths import Repository, files_in

OURS = {"checkkit", "diffusion", "tests"}
DEPENDENCIES = {"PIL", "markupsafe", "yaml"}  # of matplotlib, jinja2 and pyyaml


def student_import_findings(root: Path) -> Iterator[Finding]:
    """Every import of a package that students do not have."""
    repository = Repository(root)
    project = tomllib.loads(repository.project.read_text(encoding="utf-8"))["project"]
    required = {re.split(r"[^\w-]", line)[0].replace("-", "_") for line in project["dependencies"]}
    allowed = OURS | required | DEPENDENCIES | set(sys.stdlib_module_names)
    for folder in (repository.solution, repository.checkkit, repository.checks):
        for path in files_in(folder, ".py"):
            for line, package in _imported_packages(path.read_text(encoding="utf-8")):
                if package not in allowed:
                    problem = f"imports {package}, which students do not have (pyproject.toml)"
                    yield Finding(path.relative_to(root).as_posix(), line, problem)


@cache
def _imported_packages(source: str) -> tuple[tuple[int, str], ...]:
    """Line and top-level package of every import, wherever it is in a module."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module), level=0):
                names = [module]
            case ast.Call(args=[ast.Constant(value=name), *_]) if _imports(node.func):
                names = [str(name)]
            case _:
                continue
        found += [(node.lineno, name.partition(".")[0]) for name in names]
    return tuple(found)


def _imports(function: ast.expr) -> bool:
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name in ("import_module", "__import__")
