"""The imports of what students receive: only packages that they have.

Other rules of imports are in pyproject.toml, under import-linter.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.authoring.release.imports import imports_of
from autograder.config.paths import Repository, files_in

OURS = {"checkkit", "diffusion", "tests"}
BROUGHT_ALONG = {"PIL", "markupsafe", "yaml"}  # by matplotlib, jinja2 and pyyaml


def student_import_findings(root: Path) -> Iterator[Finding]:
    """Every import of a package that students do not have."""
    students_have = OURS | _requirements(root) | BROUGHT_ALONG | set(sys.stdlib_module_names)
    repository = Repository(root)
    for folder in (repository.solution, repository.checkkit, repository.checks):
        for path in files_in(folder, ".py"):
            inside = path.relative_to(root if folder != repository.solution else folder)
            package = ".".join(inside.parent.parts)
            for line, name in imports_of(path.read_text(encoding="utf-8"), package):
                top = name.partition(".")[0]
                if top not in students_have:
                    problem = f"imports {top}, which students do not have (pyproject.toml)"
                    yield Finding(path.relative_to(root).as_posix(), line, problem)


def _requirements(root: Path) -> set[str]:
    project = tomllib.loads(Repository(root).project.read_text(encoding="utf-8"))["project"]
    return {
        re.split(r"[^\w-]", line, maxsplit=1)[0].replace("-", "_")
        for line in project["dependencies"]
    }
