"""What two submissions share, passage by passage, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np

from .comparing import Comparison, Pair
from .fingerprints import Fingerprints, K, Source

MOST_CANDIDATES = 20  # places of one k-gram that are tried
NEAR = 2 * K  # tokens between passages that are shown as one
CONTEXT, MOST_LINES = 1, 60

# Its number, 0 if lines are left out here, and its pieces, which are marked or not.
Line = tuple[int, Sequence[tuple[str, bool]]]


@dataclass(frozen=True)
class Passage:
    """Tokens [start, start + length) of a file, and as many of a file of the other submission."""

    file: str
    start: int
    other_file: str
    other_start: int
    length: int


@dataclass(frozen=True)
class Excerpt:
    """Near passages: the lines on both sides, and the median of how many submissions have them."""

    file: str
    lines: Sequence[Line]
    other_file: str
    other_lines: Sequence[Line]
    tokens: int
    holders: int


def excerpts(pair: Pair, comparison: Comparison) -> list[Excerpt]:
    """What the first of a pair shares with the second, in the order of the first."""
    rows = []
    for near in _near(list(passages(pair.first, pair.second, comparison))):
        file, other_file = near[0].file, near[0].other_file
        mine, other = pair.first.sources[file], pair.second.sources[other_file]
        grams = np.concatenate([mine.grams[p.start : p.start + p.length - K + 1] for p in near])
        rows.append(
            Excerpt(
                file,
                _lines(mine, [(p.start, p.start + p.length) for p in near]),
                other_file,
                _lines(other, [(p.other_start, p.other_start + p.length) for p in near]),
                sum(p.length for p in near),
                int(np.median(comparison.holders(grams))),
            )
        )
    return rows


def passages(mine: Fingerprints, other: Fingerprints, comparison: Comparison) -> Iterator[Passage]:
    """Every own k-gram that the other has too, in runs that are as long as possible."""
    there: dict[int, list[tuple[str, int]]] = {}
    grams = {name: _own(source, comparison) for name, source in other.sources.items()}
    for name, values in grams.items():
        for place in np.flatnonzero(values):
            there.setdefault(int(values[place]), []).append((name, int(place)))
    for file, source in mine.sources.items():
        values, at = _own(source, comparison), 0
        while at < len(values):
            places = there.get(int(values[at]), ()) if values[at] else ()
            runs = [
                (_run(values, at, grams[name], place), name, place)
                for name, place in places[:MOST_CANDIDATES]
            ]
            length, name, place = max(runs, key=lambda run: run[0], default=(0, "", 0))
            if length:
                yield Passage(file, at, name, place, length + K - 1)
            at += max(length, 1)


def _own(source: Source, comparison: Comparison) -> np.ndarray:
    return np.where(comparison.holders(source.grams) > 0, source.grams, 0)


def _run(mine: np.ndarray, at: int, other: np.ndarray, place: int) -> int:
    """How many k-grams in a row are the same and count."""
    most = min(len(mine) - at, len(other) - place)
    ours = mine[at : at + most]
    differ = np.flatnonzero((ours != other[place : place + most]) | (ours == 0))
    return int(differ[0]) if len(differ) else most


def _near(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    """Passages that follow one another closely, on both sides."""
    near: list[Passage] = []
    for passage in passages:
        if near and not _follows(near[-1], passage):
            yield near
            near = []
        near.append(passage)
    if near:
        yield near


def _follows(before: Passage, after: Passage) -> bool:
    here = after.start - before.start - before.length
    there = after.other_start - before.other_start - before.length
    same = (before.file, before.other_file) == (after.file, after.other_file)
    return same and here <= NEAR and -K <= there <= NEAR


def _lines(source: Source, spans: Sequence[tuple[int, int]]) -> list[Line]:
    """The lines around some spans of tokens; the middle of a long excerpt is left out."""
    text, tokens = source.text, source.tokens
    marked = np.zeros(len(text) + 1, bool)
    for start, end in spans:
        marked[tokens.starts[start] : tokens.ends[min(end, len(tokens.ends)) - 1]] = True
    places = np.flatnonzero(marked)
    first = text.count("\n", 0, int(places[0]))
    last = text.count("\n", 0, int(places[-1]))
    lines: list[Line] = []
    at = 0
    for number, line in enumerate(text.split("\n")):
        if first - CONTEXT <= number <= last + CONTEXT:
            lines.append((number + 1, _pieces(line, marked[at : at + len(line)])))
        at += len(line) + 1
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        gap = (0, [(f"{len(lines) - 2 * half} lines left out", False)])
        lines = [*lines[:half], gap, *lines[-half:]]
    return lines


def _pieces(line: str, marked: np.ndarray) -> list[tuple[str, bool]]:
    """The line in pieces that are marked or not; its indent never is."""
    indent = len(line) - len(line.lstrip())
    flags = [False] * indent + marked[indent:].tolist()
    runs = groupby(zip(line, flags, strict=True), key=itemgetter(1))
    return [("".join(character for character, _ in run), flag) for flag, run in runs]
