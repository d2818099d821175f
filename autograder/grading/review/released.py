"""Which passages of a submission are like the files that students receive: checkkit/ and tests/.

They compute right numbers, so who copies them solves a task without its work. Passages are compared
in runs of tokens (`source_review.tokens`): other names, comments and layout change nothing, another
order of statements little. What counts is how many different runs a passage shares, because honest
nets list many layers, which are the same few runs again and again. The starter does not count.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import NamedTuple

import numpy as np

from autograder.config.paths import REPOSITORY, files_in
from autograder.course.starter import handed_out

from .source_review.tokens import MOST_TOKENS, Tokens, TooLong, decoded, tokenise

K = 10  # tokens of a run
NEAR = 50  # tokens between two runs of one passage
# Different runs. 399 files written by hand have at most 22. Copies of released functions from 120
# tokens on have 40 or more; of those with a third of the expressions rewritten, 5 of 1,080 do not.
FEWEST = 40
MOST = 12  # passages of one file
UNREAD = (
    "is not compared with the files that students receive: the submission has more than"
    f" {MOST_TOKENS:,} tokens"
)
FACTORS = np.random.default_rng(0).integers(1, 2**63, K, np.uint64) * 2 + 1


class Passage(NamedTuple):
    """Some lines of a file of a submission, and the lines of a released file that are like them."""

    line: int
    last: int
    released: str
    released_line: int
    released_last: int

    def __str__(self) -> str:
        return (
            f"{self.last - self.line + 1} lines are like lines {self.released_line} to"
            f" {self.released_last} of {self.released}, which students receive"
        )


class _Released(NamedTuple):
    runs: np.ndarray  # without the starter's
    lines: np.ndarray  # of the first and last token of each run, (runs, 2)


def like_released(files: Mapping[str, bytes]) -> Iterator[tuple[str, int, str]]:
    """File, line and words for each passage, and for each file with too many tokens to compare."""
    left = MOST_TOKENS
    for name, content in sorted(files.items()):
        text = decoded(content)
        try:
            tokens = tokenise(text, left)
        except TooLong:
            yield name, 1, UNREAD
            continue
        left -= len(tokens.signs)
        for passage in passages(text, tokens):
            yield name, passage.line, str(passage)


def passages(text: str, tokens: Tokens) -> list[Passage]:
    """The passages of one file, the largest first; each is given for one released file only."""
    runs = _runs(tokens)
    hits = np.flatnonzero(_among(runs, _all_runs()))
    found: list[tuple[int, int, int, str]] = []
    for name, released in _released_files().items() if len(hits) >= FEWEST else ():
        places = hits[np.isin(runs[hits], released.runs)]
        if len(places) < FEWEST:
            continue
        for near in np.split(places, np.flatnonzero(np.diff(places) > K + NEAR) + 1):
            if (different := len(np.unique(runs[near]))) >= FEWEST:
                found.append((different, int(near[0]), int(near[-1]), name))
    taken = np.zeros(len(runs), bool)
    chosen = []
    for _, first, last, name in sorted(found, reverse=True):
        if not taken[first : last + 1].any():
            taken[first : last + 1] = True
            chosen.append((first, last, name))
    return [_passage(text, tokens, runs, *one) for one in islice(chosen, MOST)]


def _passage(
    text: str, tokens: Tokens, runs: np.ndarray, first: int, last: int, name: str
) -> Passage:
    released = _released_files()[name]
    lines = released.lines[np.isin(released.runs, runs[first : last + 1])]
    start, end = tokens.starts[first], tokens.ends[last + K - 1]
    begins = text.count("\n", 0, start) + 1
    ends = begins + text.count("\n", start, end)
    return Passage(begins, ends, name, int(lines.min()), int(lines.max()))


def _runs(tokens: Tokens) -> np.ndarray:
    """A number for the run of K tokens at each token but the last ones; equal for equal runs."""
    signs = np.frombuffer(tokens.signs.encode("utf-32-le"), np.uint32).astype(np.uint64)
    if len(signs) < K:
        return np.zeros(0, np.uint64)
    return np.lib.stride_tricks.sliding_window_view(signs, K) @ FACTORS


def _among(runs: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which runs are known; `known` is sorted. `np.isin` would sort it again for each file."""
    places = np.searchsorted(known, runs)
    return known[np.minimum(places, len(known) - 1)] == runs


@cache
def _released_files() -> dict[str, _Released]:
    starter = [tokenise(decoded(one), MOST_TOKENS) for one in handed_out().values()]
    given = np.unique(np.concatenate([_runs(tokens) for tokens in starter]))
    released = {}
    for path in (*files_in(REPOSITORY.checkkit, ".py"), *files_in(REPOSITORY.checks, ".py")):
        text = decoded(path.read_bytes())
        tokens = tokenise(text, MOST_TOKENS)
        runs = _runs(tokens)
        breaks = [match.start() for match in re.finditer("\n", text)]
        line_of = np.searchsorted(breaks, tokens.starts) + 1
        lines = np.stack([line_of[: len(runs)], line_of[K - 1 :]], 1)
        own = ~_among(runs, given)
        name = path.relative_to(REPOSITORY.root).as_posix()
        released[name] = _Released(runs[own], lines[own])
    return released


@cache
def _all_runs() -> np.ndarray:
    return np.unique(np.concatenate([one.runs for one in _released_files().values()]))
