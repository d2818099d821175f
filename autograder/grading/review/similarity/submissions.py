"""Reads the submissions that are compared."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.intake import PACKAGE, BadSubmission, SubmissionSource, gather
from autograder.grading.review.in_sandbox.tokens import MOST_TOKENS, tokenise
from autograder.grading.sandbox import IsolationUnavailable, choose

from .fingerprints import Fingerprints, all_grams, sources_of
from .tokenising import MOST_FILES, tokens_of

MOST_AT_ONCE = 16  # submissions in one sandbox: if one of them breaks it, all are read again

Texts = dict[str, str]


def find_submissions(
    paths: Sequence[Path], also: Sequence[Path]
) -> list[tuple[SubmissionSource, bool]]:
    """All submissions, and whether they are of an earlier year.

    Raises:
        BadSubmission: a path cannot contain submissions.
    """
    earlier = gather(also) if also else []
    return [*((one, False) for one in gather(paths)), *((one, True) for one in earlier)]


def read_all(submissions: Sequence[tuple[SubmissionSource, bool]]) -> Iterator[Fingerprints]:
    """The fingerprints of each submission, or its `problem`."""
    try:
        isolation = choose()
    except IsolationUnavailable:
        isolation = choose("none")  # the source is only read, so a process will do
    starter = starter_grams()
    for batch in _batches(submissions):
        tokens = tokens_of({one.name: texts for one, texts in batch if texts}, isolation)
        for one, texts in batch:
            result = tokens.get(one.name, one.problem or "has no Python file")
            if isinstance(result, str):
                one.problem = result
            else:
                one.sources = sources_of(texts, result, starter)
            yield one


def starter_grams() -> np.ndarray:
    """The k-grams of the starter, which all students get."""
    files = files_in(REPOSITORY.starter_package, ".py")
    return all_grams(tokenise(decoded(path.read_bytes()), MOST_TOKENS) for path in files)


def decoded(content: bytes) -> str:
    """The text of a file, whatever its bytes and its line ends."""
    return "\n".join(content.decode("utf-8-sig", errors="replace").splitlines())


def _batches(
    submissions: Sequence[tuple[SubmissionSource, bool]],
) -> Iterator[list[tuple[Fingerprints, Texts]]]:
    """Some submissions at a time, with their files: as many as one sandbox reads."""
    batch: list[tuple[Fingerprints, Texts]] = []
    for source, earlier in submissions:
        one, texts = Fingerprints(f"{'earlier: ' * earlier}{source.name}", earlier=earlier), {}
        try:
            for name, content in source.read().files.items():
                texts[name.removeprefix(f"{PACKAGE}/")] = decoded(content)
        except BadSubmission as error:
            one.problem = error.why
        total = len(texts) + sum(len(other) for _, other in batch)
        if batch and (total > MOST_FILES or len(batch) == MOST_AT_ONCE):
            yield batch
            batch = []
        batch.append((one, texts))
    if batch:
        yield batch
