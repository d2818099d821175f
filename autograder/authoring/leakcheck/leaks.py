"""Leaks in the sources of what students receive: lines of the solution, and trained weights."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config.paths import Repository, files_in

from .detectors import ARRAYS, MAGIC
from .secrets import Index, Text, solution_secrets

GIVEN = {Repository.classifier.name, Repository.digit_model.name, Repository.digits.name}


def leak_findings(root: Path, given: Mapping[str, str]) -> Iterator[Finding]:
    """Lines of the solution, and arrays, in the folders that students receive.

    Args:
        root: the repository.
        given: the starter's modules as the solution generates them; what they contain is no leak.

    Raises:
        MissingPath: one of the folders is missing or empty.
    """
    repository = Repository(root)
    solution = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in files_in(repository.solution, ".py")
    }
    secrets = Index(solution_secrets(solution)).without(map(Text, given.values()))
    for folder in (repository.starter, repository.checkkit, repository.checks):
        for path in files_in(folder):
            file, content = path.relative_to(root).as_posix(), path.read_bytes()
            if file not in GIVEN and (path.suffix in ARRAYS or content.startswith(MAGIC)):
                yield Finding(file, 1, "arrays, perhaps trained weights: move the file elsewhere")
                continue
            try:
                text = Text(content.decode())
            except UnicodeDecodeError:  # a picture, or the digits
                continue
            for line, secret in dict(secrets.found_in(text)).items():
                problem = f"gives away {secret.source}: rewrite it, or leave it out"
                yield Finding(file, line, problem)
