"""The files of autograder.zip: what judges, what is judged with, and nothing else of the course.

No solution, no mutants, no tests of the autograder, no runs: what does not travel cannot leak.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import PLATFORM_FILES, REPOSITORY, MissingPath, Repository, files_in
from autograder.course.starter import started_from
from autograder.grading.sandbox.payload import PACKAGES as PAYLOAD

from .imports import imports_of

EXECUTABLE = frozenset(PLATFORM_FILES)

# What is started there; the modules that they import come along, and so does what these find by
# looking for it: checks, and the code that runs beside submissions.
STARTED = (
    "autograder.grading.gradescope.run",
    "autograder.grading.gradescope.ready",
    "autograder.grading.batch.judge_process",
)
FOUND = (Repository.hidden, Repository.profiles, *PAYLOAD)
FOUND += (Repository.checks, Repository.checkkit, Repository.runner, Repository.spies)
OURS = (Repository.autograder.name, Repository.checks.name, Repository.checkkit.name)
DATA = (".json", ".npz", ".safetensors", ".yaml")
STAFF_PACKAGES = ("pydantic", "ruamel.yaml")  # what judging needs beside the students' packages
PROFILE = re.compile(r"^profile:.*$", re.MULTILINE)


def autograder_zip_files(
    course: Course, repository: Repository = REPOSITORY
) -> tuple[dict[str, bytes], frozenset[str]]:
    """The content of each file by its name in the zip, and the names that are executable.

    Raises:
        MissingPath: something that the zip needs is not there.
    """
    files = {path.name: path.read_bytes() for path in files_in(repository.platform)}
    files[Repository.grading.name] = grading_yaml(course, repository).encode()
    files["requirements.txt"] = requirements(repository).encode()
    files[Repository.lock.name] = repository.lock.read_bytes()
    for name, content in started_from(course, repository).items():
        files[f"{Repository.starter}/{name}"] = content
    for path in sorted(_paths(repository)):
        files[path.relative_to(repository.root).as_posix()] = path.read_bytes()
    return files, EXECUTABLE


def grading_yaml(course: Course, repository: Repository = REPOSITORY) -> str:
    """grading.yaml as it stands, with the profile that this course was loaded with."""
    text = repository.grading.read_text(encoding="utf-8")
    without = PROFILE.sub("", text)
    return f"{without.rstrip()}\n\nprofile: {course.profile}\n" if course.profile else without


def requirements(repository: Repository = REPOSITORY) -> str:
    """What to install: what students have, and what judging needs beside it; no versions."""
    project = tomllib.loads(repository.project.read_text(encoding="utf-8"))["project"]
    staff = [
        line for line in project["optional-dependencies"]["staff"] if _name(line) in STAFF_PACKAGES
    ]
    return "".join(f"{_name(line)}\n" for line in (*project["dependencies"], *staff))


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def _paths(repository: Repository) -> Iterator[Path]:
    yield from modules_of(STARTED, repository)
    yield repository.notebook_source  # says which cells of a notebook are to be filled
    for folder in FOUND:
        yield from files_in(folder.below(repository.root), ".py", *DATA)


def modules_of(names: Iterable[str], repository: Repository = REPOSITORY) -> set[Path]:
    """The files of these modules of ours, and of all of ours that they import in turn.

    Raises:
        MissingPath: a module that one of them imports is not there.
    """
    found: set[Path] = set()
    waiting = list(names)
    while waiting:
        for path, package in _files(waiting.pop(), repository.root):
            if path not in found:
                found.add(path)
                waiting += [name for _, name in imports_of(path.read_text(), package)]
    return found


def _files(name: str, root: Path) -> Iterator[tuple[Path, str]]:
    """The module that a name is, or is in, and the packages around it; with each its package."""
    parts = name.split(".")
    ours = parts[0] in OURS
    for depth in range(1, len(parts) + 1) if ours else ():
        place = root.joinpath(*parts[:depth])
        if (place / "__init__.py").exists():
            yield place / "__init__.py", ".".join(parts[:depth])
        elif place.with_suffix(".py").exists():
            yield place.with_suffix(".py"), ".".join(parts[: depth - 1])
            return
        elif depth < len(parts):  # the last part may be a name in the module
            raise MissingPath(place, "is missing, which is imported")
