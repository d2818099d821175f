"""The files of autograder.zip: the packages that grade, the checks, and nothing else of the course.

It holds no solution, no known bugs, no tests of the autograder and no runs. Contracts of
import-linter ensure that the packages in it need no others.
"""

import re
import tomllib

from autograder.config import Course
from autograder.config.paths import PLATFORM_FILES, REPOSITORY, Repository, files_in
from autograder.course.starter import generated
from autograder.grading.sandbox.payload import PACKAGES as PAYLOAD

from .parts import PARTS, parts_text

EXECUTABLE = frozenset(PLATFORM_FILES)
FOLDERS = (
    *(Repository.grading_package, Repository.judge, Repository.sandbox, *PAYLOAD),
    *(Repository.config_package, Repository.course_package, Repository.profiles),
    *(Repository.hidden, Repository.checks),
    *(Repository.checkkit, Repository.runner, Repository.spies),
)
DATA = (".json", ".npz", ".safetensors", ".yaml")
STAFF_PACKAGES = ("pydantic", "ruamel.yaml", "tzdata")  # beside those that students have
PROFILE = re.compile(r"^profile:.*$", re.MULTILINE)


def autograder_zip_files(
    course: Course, repository: Repository = REPOSITORY
) -> tuple[dict[str, bytes], frozenset[str]]:
    """The content of each file by its name in the zip, and the names that are executable.

    Raises:
        MissingPath: something that the zip needs is missing.
        StripError: the solution cannot be stripped.
    """
    files = {path.name: path.read_bytes() for path in files_in(repository.platform)}
    files[Repository.grading.name] = grading_yaml(course, repository).encode()
    files["requirements.txt"] = requirements(repository).encode()
    files[Repository.lock.name] = repository.lock.read_bytes()
    paths = list(repository.autograder.glob("*.py"))
    for folder in FOLDERS:
        paths += files_in(folder.below(repository.root), ".py", *DATA)
    for path in sorted(paths):
        files[path.relative_to(repository.root).as_posix()] = path.read_bytes()
    # Of this course; the committed file may be outdated.
    files[PARTS] = parts_text(course, repository).encode()
    for name, text in generated(repository.root, course).items():
        files[f"{Repository.starter}/{name}"] = text.encode()
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
