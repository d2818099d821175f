"""Every pair of submissions: which share of each file stands in the other, anywhere.

A file moved, split or merged counts all the same, for each file is held against all files of the
other submission. A share is the larger of both directions: padding does not lower it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .fingerprints import K, Prints, covered

THRESHOLD = (
    0.65  # independent work reaches 0.55, copies begin at 0.74 (autograder.validation.similarity)
)
FEWEST_TOKENS = 150  # of a file, its own; shorter ones are alike because the task leaves no choice
COMMON_SHARE, COMMON_LEAST = 0.1, 10
ALL = "all files"


@dataclass(frozen=True)
class Pair:
    """Two submissions, and the file of `owner` of which most stands in the other.

    `share` is of this file's own tokens, `shared` how many these are. The file may also be ALL.
    """

    first: Prints
    second: Prints
    share: float = 0.0
    owner: Prints | None = None
    file: str = ""
    shared: int = 0


@dataclass(frozen=True)
class Compared:
    """All pairs, the most alike first, and in how many submissions each k-gram stands."""

    pairs: list[Pair]
    known: np.ndarray
    counts: np.ndarray
    most: int

    @property
    def taken(self) -> float:
        """The share of k-grams, each counted where it stands, that are the task's."""
        there = self.counts[self.known != 0]
        return float(there[there > self.most].sum() / max(there.sum(), 1))

    def flagged(self, threshold: float) -> list[Pair]:
        """Those of which a person should see the passages."""
        return [pair for pair in self.pairs if pair.share >= threshold]

    def holders(self, grams: np.ndarray) -> np.ndarray:
        """How many submissions have each k-gram; 0 where it is the starter's or the task's."""
        counts = self.counts[np.searchsorted(self.known, grams)]
        return np.where((grams == 0) | (counts > self.most), 0, counts)


def compare(
    everybody: Sequence[Prints],
    common: float = COMMON_SHARE,
    told: Callable[[], None] = lambda: None,
    k: int = K,
) -> Compared:
    """Compare all; `told` is called after each submission.

    What more than a share `common` of all have (and more than a few) is the task's, not theirs.
    """
    grams = [np.concatenate([s.grams for s in one.sources.values()]) for one in everybody]
    known = np.unique(np.concatenate([*grams, np.zeros(1, np.int64)]))
    has = _who_has_what(grams, known)
    counts = np.asarray(has.sum(axis=1)).ravel()
    compared = Compared([], known, counts, max(COMMON_LEAST, int(common * len(everybody))))
    shares = [list(_shares(one, compared, has, k, told)) for one in everybody]
    pairs = (
        _pair(everybody, shares, i, j)
        for i in range(len(everybody))
        for j in range(i + 1, len(everybody))
        if not (everybody[i].earlier and everybody[j].earlier)
    )
    alike = sorted(pairs, key=lambda p: (-p.share, -p.shared, p.first.name, p.second.name))
    return replace(compared, pairs=alike)


def groups(pairs: Sequence[Pair]) -> dict[str, int]:
    """Name -> number of its group; whoever is linked by pairs, however indirectly, is one group."""
    names = list(dict.fromkeys(one.name for pair in pairs for one in (pair.first, pair.second)))
    place = {name: number for number, name in enumerate(names)}
    rows = [place[pair.first.name] for pair in pairs]
    columns = [place[pair.second.name] for pair in pairs]
    links = sparse.coo_matrix((np.ones(len(pairs)), (rows, columns)), [len(names)] * 2)
    labels = connected_components(links, directed=False)[1] if names else []
    order = {label: number for number, label in enumerate(dict.fromkeys(map(int, labels)), 1)}
    return {name: order[int(label)] for name, label in zip(names, labels, strict=True)}


def _who_has_what(grams: Sequence[np.ndarray], known: np.ndarray) -> sparse.csr_matrix:
    """k-grams x submissions."""
    rows = [np.unique(np.searchsorted(known, one)) for one in grams]
    columns = np.repeat(np.arange(len(grams)), [len(one) for one in rows])
    data = np.ones(len(columns), bool)
    return sparse.csr_matrix(
        (data, (np.concatenate(rows), columns)), (len(known), len(grams)), dtype=np.int32
    )


def _shares(
    one: Prints, compared: Compared, has: sparse.csr_matrix, k: int, told: Callable[[], None]
) -> Iterator[tuple[str, int, np.ndarray]]:
    """For each file: its name, its own tokens, and how many of them each other one has."""
    for file, source in one.sources.items():
        own = compared.holders(source.grams) > 0
        rows = np.searchsorted(compared.known, source.grams)
        hits = has[rows].toarray().astype(bool) & own[:, None]
        yield file, int(covered(own, k).sum()), covered(hits, k).sum(axis=0)
    told()


def _pair(everybody: Sequence[Prints], shares: Sequence[list], i: int, j: int) -> Pair:
    best = Pair(everybody[i], everybody[j])
    for mine, other in ((i, j), (j, i)):
        files = [(file, tokens, int(hits[other])) for file, tokens, hits in shares[mine]]
        files.append((ALL, sum(t for _, t, _ in files), sum(hits for _, _, hits in files)))
        for file, tokens, shared in files:
            if tokens >= FEWEST_TOKENS and (shared / tokens, shared) > (best.share, best.shared):
                share = shared / tokens
                best = Pair(everybody[i], everybody[j], share, everybody[mine], file, shared)
    return best
