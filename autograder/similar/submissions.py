"""Who takes part: what was handed in, read and tokenised, each submission for itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.config.paths import REPOSITORY, files_in
from autograder.intake import PACKAGE, BadSubmission
from autograder.intake.gathering import gather
from autograder.intake.handed_in import HandedIn

from .fingerprints import Prints, all_grams, prints_of
from .tokenising import NotComparable, Tokeniser
from .tokens import decoded


@dataclass(frozen=True)
class LeftOut:
    """A submission that is not compared, and why."""

    name: str
    why: str


def taking_part(paths: Sequence[Path], also: Sequence[Path]) -> list[tuple[HandedIn, bool]]:
    """Everything handed in, and whether it is from an earlier year.

    Raises:
        BadSubmission: a path is nothing that submissions can come from.
    """
    return [(one, False) for one in gather(paths)] + [
        (one, True) for one in (gather(also) if also else ())
    ]


def read_all(handed_in: Sequence[tuple[HandedIn, bool]]) -> Iterator[Prints | LeftOut]:
    """The fingerprints of each submission, or why it has none."""
    with Tokeniser() as tokeniser:
        starter = starter_grams(tokeniser)
        for one, earlier in handed_in:
            name = f"earlier: {one.name}" if earlier else one.name
            try:
                texts = {file: decoded(data) for file, data in one.read().files.items()}
                tokens = tokeniser.tokens_of(texts)
            except BadSubmission as problem:
                yield LeftOut(name, problem.why)
            except NotComparable as problem:
                yield LeftOut(name, str(problem))
            else:
                yield prints_of(name, _short(texts), _short(tokens), starter, earlier=earlier)


def starter_grams(tokeniser: Tokeniser) -> np.ndarray:
    """The k-grams of the starter, which everybody was given."""
    files = files_in(REPOSITORY.starter_package, ".py")
    texts = {path.name: decoded(path.read_bytes()) for path in files}
    return all_grams(tokeniser.tokens_of(texts).values())


def _short(files: dict) -> dict:
    """File names as seen from the package."""
    return {name.removeprefix(f"{PACKAGE}/"): value for name, value in files.items()}
