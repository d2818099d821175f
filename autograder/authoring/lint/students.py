"""The imports of what students receive: only packages that they have.

Code that says what to install where a package is missing may import it: it catches ImportError.
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
STAFF = {"autograder", "solution"}
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
    """Line and top-level package of every import that must not fail, or is of staff's code."""
    found: list[tuple[int, str]] = []
    tree = ast.parse(source)
    may_fail = {id(node) for node in ast.walk(tree) if isinstance(node, ast.Try)
                for node in _caught(node)}  # fmt: skip
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module), level=0):
                names = [module]
            case ast.Call(args=[ast.Constant(value=name), *_]) if _imports(node.func):
                names = [str(name)]
            case _:
                continue
        packages = [name.partition(".")[0] for name in names]
        found += [
            (node.lineno, package)
            for package in packages
            if package in STAFF or id(node) not in may_fail
        ]
    return tuple(found)


def _caught(statement: ast.Try) -> Iterator[ast.AST]:
    """What is in the body of a `try` that catches ImportError."""
    if any(
        isinstance(handler.type, ast.Name) and handler.type.id == "ImportError"
        for handler in statement.handlers
    ):
        for inner in statement.body:
            yield from ast.walk(inner)


def _imports(function: ast.expr) -> bool:
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name in ("import_module", "__import__")
