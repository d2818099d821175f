"""Who takes part: what was handed in, read and tokenised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.intake import PACKAGE, BadSubmission
from autograder.grading.intake.gathering import gather
from autograder.grading.intake.source import SubmissionSource
from autograder.grading.review.in_sandbox.tokens import MOST_TOKENS, tokenise
from autograder.grading.sandbox import Isolation, IsolationUnavailable, choose

from .fingerprints import Prints, all_grams, prints_of
from .tokenising import MOST_FILES, tokens_of

MOST_AT_ONCE = 16  # submissions in one cage: if one of them breaks it, all are read again


@dataclass(frozen=True)
class LeftOut:
    """A submission that is not compared, and why."""

    name: str
    why: str


def taking_part(paths: Sequence[Path], also: Sequence[Path]) -> list[tuple[SubmissionSource, bool]]:
    """Everything handed in, and whether it is from an earlier year.

    Raises:
        BadSubmission: a path is nothing that submissions can come from.
    """
    return [(one, False) for one in gather(paths)] + [
        (one, True) for one in (gather(also) if also else ())
    ]


def read_all(handed_in: Sequence[tuple[SubmissionSource, bool]]) -> Iterator[Prints | LeftOut]:
    """The fingerprints of each submission, or why it has none."""
    isolation, starter = _isolation(), starter_grams()
    for batch in _batches(handed_in):
        texts = {one.name: one.texts for one in batch if one.texts}
        tokens = tokens_of(texts, isolation) if texts else {}
        for one in batch:
            found = tokens.get(one.name, one.problem)
            if isinstance(found, str):
                yield LeftOut(one.name, found)
            else:
                yield prints_of(one.name, one.texts, found, starter, earlier=one.earlier)


def starter_grams() -> np.ndarray:
    """The k-grams of the starter, which everybody was given."""
    files = files_in(REPOSITORY.starter_package, ".py")
    return all_grams(tokenise(decoded(path.read_bytes()), MOST_TOKENS) for path in files)


def decoded(content: bytes) -> str:
    """The text of a file, whatever its bytes and its line ends."""
    return "\n".join(content.decode("utf-8-sig", errors="replace").splitlines())


@dataclass(frozen=True)
class _Read:
    """A submission's files as seen from the package, else why there are none."""

    name: str
    earlier: bool
    texts: dict[str, str]
    problem: str = "holds no Python file"


def _batches(handed_in: Sequence[tuple[SubmissionSource, bool]]) -> Iterator[list[_Read]]:
    """Some submissions at a time: as many as one cage reads."""
    batch: list[_Read] = []
    for one in map(_read, handed_in):
        files = sum(len(other.texts) for other in batch) + len(one.texts)
        if batch and (files > MOST_FILES or len(batch) == MOST_AT_ONCE):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _read(given: tuple[SubmissionSource, bool]) -> _Read:
    one, earlier = given
    name = f"earlier: {one.name}" if earlier else one.name
    try:
        files = one.read().files
    except BadSubmission as problem:
        return _Read(name, earlier, {}, problem.why)
    texts = {name.removeprefix(f"{PACKAGE}/"): decoded(data) for name, data in files.items()}
    return _Read(name, earlier, texts)


def _isolation() -> Isolation:
    """The strongest that works here; the source is read and not run, so a process will do."""
    try:
        return choose()
    except IsolationUnavailable:
        return choose("none")
