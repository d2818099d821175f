"""When is a result still good? A key changes with everything that could change it.

That is the submission's name (seeds derive from it) and files, the code that judges, the starter
that lies below, what grading.yaml says of the tasks to judges, and the settings of the run. Points,
titles and dates are not in it: they are applied to outcomes whenever files are written.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import REPOSITORY, Repository, files_in
from autograder.course.starting import started_from

from .settings import Settings

JUDGES = (
    Repository.checks,
    Repository.checkkit,
    Repository.starter_package,
    Repository.hidden,
    Repository.judge,
    Repository.sandbox,
    # Inside those above as long as nobody moves them: named, so that they are hashed wherever.
    Repository.runner,
    Repository.spies,
    Repository.wire,
    Repository.worker,
)
SUFFIXES = (".py", ".npz", ".safetensors", ".json", ".yaml")
JUDGED_BY = {"id", "kind", "needs", "time_limit", "second_try", "without"}


def key_of(name: str, files: Mapping[str, bytes], course: Course, settings: Settings) -> str:
    """SHA-256, hexadecimal."""
    digest = hashlib.sha256(grader_version().encode())
    digest.update(_words([name, settings.to_json(), _judged_by(course)]))
    for file in sorted(files):
        digest.update(_words([file, hashlib.sha256(files[file]).hexdigest()]))
    return digest.hexdigest()


@cache
def grader_version(repository: Repository = REPOSITORY) -> str:
    """Of the checks, of the code that judges and of the starter: equal where their bytes are.

    Raises:
        MissingPath: a folder of these is missing or empty.
    """
    digest = hashlib.sha256()
    for name, path in judging_files(repository).items():
        digest.update(_words([name, hashlib.sha256(path.read_bytes()).hexdigest()]))
    return digest.hexdigest()


def judging_files(repository: Repository) -> dict[str, Path]:
    """Name -> path of every file that the version depends on.

    Raises:
        MissingPath: a folder of these is missing or empty.
    """
    return {
        path.relative_to(repository.root).as_posix(): path
        for folder in JUDGES
        for path in files_in(folder.below(repository.root), *SUFFIXES)
    }


def _judged_by(course: Course) -> str:
    tasks = [task.model_dump(include=JUDGED_BY) for task in course.auto_tasks.values()]
    worth = [task.points > 0 for task in course.auto_tasks.values()]
    starter = {
        name: hashlib.sha256(content).hexdigest() for name, content in started_from(course).items()
    }
    return json.dumps([tasks, worth, course.names, starter], default=str)


def _words(words: list[str]) -> bytes:
    """Bytes that no other words give: none runs into the next."""
    return json.dumps(words).encode() + b"\n"
