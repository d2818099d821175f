"""When is a result still valid? Its key changes with everything that could change the result.

That is the submission's name and its files (seeds derive from both), what reports say of others
that were handed in with them, the code that judges, the starter, the parts of grading.yaml that
affect judging, and the settings of the run. Points, titles and dates are not in it: they are
applied whenever files are written.

The review has its own key, which also changes with the rules of the review: a new rule reviews
everything again and judges nothing.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import REPOSITORY, Repository, files_in
from autograder.course.starter import started_from
from autograder.grading.intake import Submission

from .settings import Settings

JUDGES = (
    Repository.checks,
    Repository.checkkit,
    Repository.starter_package,
    Repository.hidden,
    Repository.judge,
    Repository.sandbox,
    # Inside the folders above; named, so that they are still hashed if they move.
    Repository.runner,
    Repository.spies,
    Repository.wire,
    Repository.worker,
    Repository.cells,
)
# The modules that are graded are made of a notebook's cells by these.
READ_CELLS = (Repository.notebook_reader, Repository.source_reader, Repository.source_reading)
# These only show results. A new file is hashed until it is named here, and a test checks that no
# judging process imports a file that is.
ONLY_SHOW = (
    *(Repository.notebook_checks, Repository.local_report, Repository.parts),
    *(Repository.report_figures, Repository.report_package, Repository.report_page),
    *(Repository.report_sketch, Repository.report_status),
)
SUFFIXES = (".py", ".npz", ".safetensors", ".json", ".yaml")
JUDGED_BY = {"id", "kind", "needs", "time_limit", "second_try", "without"}


def key_of(name: str, submission: Submission, course: Course, settings: Settings) -> str:
    """SHA-256, hexadecimal."""
    digest = hashlib.sha256(grader_version().encode())
    digest.update(_words([name, settings.to_json(), _judged_by(course), submission.digest()]))
    digest.update(_words([*submission.remarks, "", *submission.ignored]))  # the record has both
    return digest.hexdigest()


def review_key(key: str) -> str:
    """The key of the review of a submission with this key; SHA-256, hexadecimal."""
    return hashlib.sha256(_words([key, review_version()])).hexdigest()


@cache
def grader_version(repository: Repository = REPOSITORY) -> str:
    """The hash of the checks, of the code that judges and of the starter.

    Raises:
        MissingPath: a folder of these is missing or empty.
    """
    return version_of(repository, judging_files(repository))


@cache
def review_version(repository: Repository = REPOSITORY) -> str:
    """The hash of the rules of the review.

    Raises:
        MissingPath: a folder of these is missing or empty.
    """
    return version_of(repository, review_files(repository))


def judging_files(repository: Repository) -> list[Path]:
    """Every file that the version of the grader depends on.

    Raises:
        MissingPath: a folder of these is missing or empty, or a file that shows results is.
    """
    judging = {
        path for folder in JUDGES for path in files_in(folder.below(repository.root), *SUFFIXES)
    }
    judging |= {file.below(repository.root) for file in READ_CELLS}
    return sorted(judging - {file.below(repository.root) for file in ONLY_SHOW})


def review_files(repository: Repository) -> list[Path]:
    """Every file that the findings of the review depend on, in addition to those that judge.

    Raises:
        MissingPath: the folder of the review is missing or empty.
    """
    others = repository.at(Repository.similarity.name)  # not in autograder.zip
    files = {*files_in(repository.review, ".py"), *files_in(repository.source_review, ".py")}
    return sorted(path for path in files if others not in path.parents)


def version_of(repository: Repository, files: Iterable[Path]) -> str:
    """The hash of the names and contents of files of a repository; SHA-256, hexadecimal."""
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(repository.root).as_posix()
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
    """The words as bytes; other words give other bytes."""
    return json.dumps(words).encode() + b"\n"
