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
from autograder.starting import started_from

from .settings import Settings

ROOT = Path(__file__).resolve().parents[2]
JUDGES = (
    "tests",
    "starter/diffusion",
    "autograder/hidden",
    "autograder/judge",
    "autograder/sandbox",
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
def grader_version() -> str:
    """Of the checks, of the code that judges and of the starter: equal where their bytes are."""
    digest = hashlib.sha256()
    for place in JUDGES:
        for path in sorted((ROOT / place).rglob("*")):
            if path.suffix in SUFFIXES and "__pycache__" not in path.parts:
                name = path.relative_to(ROOT).as_posix()
                digest.update(_words([name, hashlib.sha256(path.read_bytes()).hexdigest()]))
    return digest.hexdigest()


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
