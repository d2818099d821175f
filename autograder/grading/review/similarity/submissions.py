"""Reads the submissions that are compared, as tokens.

The sandbox makes the tokens, because the source may be hostile.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from autograder.course.starter import handed_out
from autograder.grading.intake import PACKAGE, BadSubmission, SubmissionSource, gather
from autograder.grading.review.notebook_reader import with_modules
from autograder.grading.review.released import passages
from autograder.grading.review.source_reader import Reply, read_inside
from autograder.grading.review.source_review.tokens import (
    FIRST_SIGN,
    LAST_SIGN,
    MOST_TOKENS,
    Tokens,
    decoded,
    tokenise,
)
from autograder.grading.sandbox import Isolation, IsolationUnavailable, choose
from autograder.grading.sandbox.wire import WireError
from checkkit.runner.outcomes import SubmissionProblem
from checkkit.text import one_line

from .fingerprints import Fingerprints, all_grams, sources_of

SECONDS = 20.0  # those of the solution take 0.01
MOST_FILES = 200  # in one sandbox; the wire carries 256 arrays
MOST_AT_ONCE = 16  # submissions in one sandbox: if one of them breaks it, all are read again

Contents = dict[str, bytes]


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
    for batch in _batches(submissions, isolation):
        tokens = tokens_of({one.name: contents for one, contents in batch if contents}, isolation)
        for one, contents in batch:
            texts = {file: decoded(content) for file, content in contents.items()}
            result = tokens.get(one.name, one.problem or "has no Python file")
            if isinstance(result, str):
                one.problem = result
            else:
                one.sources = sources_of(texts, result, starter)
                one.released = [
                    f"{file}:{passage.line}: {passage}"
                    for file, of_file in result.items()
                    for passage in passages(texts[file], of_file)
                ]
            yield one


def starter_grams() -> np.ndarray:
    """The k-grams of the starter, which all students get."""
    return all_grams(tokenise(decoded(one), MOST_TOKENS) for one in handed_out().values())


def _batches(
    submissions: Sequence[tuple[SubmissionSource, bool]], isolation: Isolation
) -> Iterator[list[tuple[Fingerprints, Contents]]]:
    """Some submissions at a time, with their files: as many as one sandbox reads."""
    batch: list[tuple[Fingerprints, Contents]] = []
    for source, earlier in submissions:
        one, contents = Fingerprints(f"{'earlier: ' * earlier}{source.name}", earlier=earlier), {}
        try:
            submission = source.read()
            if submission.of_cells:
                submission = with_modules(submission, source.policy.starter, isolation)
            for name, content in submission.files.items():
                contents[name.removeprefix(f"{PACKAGE}/")] = content
        except BadSubmission as error:
            one.problem = error.why
        total = len(contents) + sum(len(other) for _, other in batch)
        if batch and (total > MOST_FILES or len(batch) == MOST_AT_ONCE):
            yield batch
            batch = []
        batch.append((one, contents))
    if batch:
        yield batch


# ------------------------------------------------------------------------------------ tokens


def tokens_of(
    submissions: Mapping[str, Mapping[str, bytes]], isolation: Isolation, seconds: float = SECONDS
) -> dict[str, dict[str, Tokens] | str]:
    """The tokens of each file of each submission; a sentence if it cannot be compared.

    All are read in one sandbox, which takes 0.2 seconds to start; if that fails, each in its own.
    File names end in .py; together there are at most `MOST_FILES`.
    """
    if not submissions:
        return {}
    sources = {
        f"{PACKAGE}/s{number}/{file}": content
        for number, contents in enumerate(submissions.values())
        for file, content in contents.items()
    }
    try:
        replies = read_inside(sources, "tokens", isolation, seconds)
        return {
            name: _of_one(files, {file: replies[f"{PACKAGE}/s{number}/{file}"] for file in files})
            for number, (name, files) in enumerate(submissions.items())
        }
    except (SubmissionProblem, WireError) as problem:
        if len(submissions) > 1:
            each = (tokens_of({n: files}, isolation, seconds) for n, files in submissions.items())
            return {name: tokens for one in each for name, tokens in one.items()}
        return dict.fromkeys(submissions, f"its tokens could not be read: {one_line(str(problem))}")


def _of_one(contents: Mapping[str, bytes], replies: Mapping[str, Reply]) -> dict[str, Tokens] | str:
    for file, reply in replies.items():
        if reply.problem:
            return f"{file} cannot be compared: {one_line(reply.problem)}"
    files = {
        file: _tokens(reply.answer, decoded(contents[file])) for file, reply in replies.items()
    }
    if sum(len(tokens.signs) for tokens in files.values()) > MOST_TOKENS:
        return f"has more than {MOST_TOKENS:,} tokens"
    return files


def _tokens(answer: object, text: str) -> Tokens:
    if not isinstance(answer, np.ndarray) or answer.dtype != np.int32 or answer.shape[:-1] != (3,):
        raise WireError("no tokens")
    signs, starts, ends = answer
    inside = (starts >= 0) & (starts < ends) & (ends <= len(text))
    known = (signs >= FIRST_SIGN) & (signs <= LAST_SIGN)
    if not (inside & known).all() or (np.diff(starts) < 0).any():
        raise WireError("tokens that cannot be those of the text")
    return Tokens("".join(map(chr, signs.tolist())), starts.tolist(), ends.tolist())
