"""Every pair of submissions: which share of each file is also in the other submission.

Each file is compared with all files of the other submission, so moving or splitting files changes
nothing. A share is the larger of both directions, so additional code does not lower it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .fingerprints import Fingerprints, K, covered

THRESHOLD = (
    0.65  # independent work reaches 0.56, copies begin at 0.73 (autograder.validation.similarity)
)
FEWEST_TOKENS = 150  # of its own in a file; shorter ones leave students no choice
COMMON_SHARE, COMMON_LEAST = 0.1, 10
ALL = "all files"


@dataclass(frozen=True)
class Pair:
    """Two submissions, and the file of `owner` that has the largest share in the other one.

    `share` is a share of this file's own tokens, `shared` their number. The file may also be ALL.
    """

    first: Fingerprints
    second: Fingerprints
    share: float = 0.0
    owner: Fingerprints | None = None
    file: str = ""
    shared: int = 0

    def __str__(self) -> str:
        other = self.second if self.owner is self.first else self.first
        owner = self.owner.name if self.owner else ""
        return f"{100 * self.share:.0f} % of {self.file} of {owner} in {other.name}"


@dataclass(frozen=True)
class Comparison:
    """All pairs, the most similar first; `counts` says how many submissions have each k-gram."""

    submissions: Sequence[Fingerprints]
    threshold: float
    common: float
    known: np.ndarray
    counts: np.ndarray
    pairs: Sequence[Pair] = ()

    @property
    def most(self) -> int:
        """A k-gram that more submissions have belongs to the task, not to anybody."""
        return max(COMMON_LEAST, int(self.common * len(self.submissions)))

    @property
    def ignored(self) -> float:
        """The share of all k-grams that belong to the task."""
        counts = self.counts[self.known != 0]
        return float(counts[counts > self.most].sum() / max(counts.sum(), 1))

    @property
    def flagged(self) -> list[Pair]:
        """The pairs that a person should look at."""
        return [pair for pair in self.pairs if pair.share >= self.threshold]

    def holders(self, grams: np.ndarray) -> np.ndarray:
        """How many submissions have each k-gram; 0 if it is the starter's or the task's."""
        counts = self.counts[np.searchsorted(self.known, grams)]
        return np.where((grams == 0) | (counts > self.most), 0, counts)


def compare(
    submissions: Sequence[Fingerprints],
    threshold: float = THRESHOLD,
    common: float = COMMON_SHARE,
    on_progress: Callable[[], None] = lambda: None,
    k: int = K,
) -> Comparison:
    """Compare all submissions; `on_progress` is called after each.

    What more than a share `common` of all have (and more than a few) belongs to the task.
    """
    grams = [np.concatenate([s.grams for s in one.sources.values()]) for one in submissions]
    known = np.unique(np.concatenate([*grams, np.zeros(1, np.int64)]))
    has = _holders_by_gram(grams, known)
    counts = np.asarray(has.sum(axis=1)).ravel()
    comparison = Comparison(submissions, threshold, common, known, counts)
    shares = []
    for one in submissions:
        shares.append(list(_shares(one, comparison, has, k)))
        on_progress()
    pairs = (
        _pair(submissions, shares, i, j)
        for i, j in combinations(range(len(submissions)), 2)
        if not (submissions[i].earlier and submissions[j].earlier)
    )
    alike = sorted(pairs, key=lambda p: (-p.share, -p.shared, p.first.name, p.second.name))
    return replace(comparison, pairs=alike)


def groups(pairs: Sequence[Pair]) -> dict[str, int]:
    """Name -> number of its group: all who are linked by pairs, directly or not."""
    names = list(dict.fromkeys(one.name for pair in pairs for one in (pair.first, pair.second)))
    place = {name: number for number, name in enumerate(names)}
    rows = [place[pair.first.name] for pair in pairs]
    columns = [place[pair.second.name] for pair in pairs]
    links = sparse.coo_matrix((np.ones(len(pairs)), (rows, columns)), [len(names)] * 2)
    labels = connected_components(links, directed=False)[1] if names else []
    order = {label: number for number, label in enumerate(dict.fromkeys(map(int, labels)), 1)}
    return {name: order[int(label)] for name, label in zip(names, labels, strict=True)}


def _holders_by_gram(grams: Sequence[np.ndarray], known: np.ndarray) -> sparse.csr_matrix:
    """Which submission (column) has which k-gram (row)."""
    rows = [np.unique(np.searchsorted(known, one)) for one in grams]
    columns = np.repeat(np.arange(len(grams)), [len(one) for one in rows])
    data = np.ones(len(columns), bool)
    return sparse.csr_matrix(
        (data, (np.concatenate(rows), columns)), (len(known), len(grams)), dtype=np.int32
    )


def _shares(
    one: Fingerprints, comparison: Comparison, has: sparse.csr_matrix, k: int
) -> Iterator[tuple[str, int, np.ndarray]]:
    """For each file: its name, its own tokens, and how many of them each submission has."""
    for file, source in one.sources.items():
        own = comparison.holders(source.grams) > 0
        rows = np.searchsorted(comparison.known, source.grams)
        hits = has[rows].toarray().astype(bool) & own[:, None]
        yield file, int(covered(own, k).sum()), covered(hits, k).sum(axis=0)


def _pair(submissions: Sequence[Fingerprints], shares: Sequence[list], i: int, j: int) -> Pair:
    best = Pair(submissions[i], submissions[j])
    for mine, other in ((i, j), (j, i)):
        files = [(file, tokens, int(hits[other])) for file, tokens, hits in shares[mine]]
        files.append((ALL, sum(t for _, t, _ in files), sum(hits for _, _, hits in files)))
        for file, tokens, shared in files:
            if tokens >= FEWEST_TOKENS and (shared / tokens, shared) > (best.share, best.shared):
                share = shared / tokens
                best = Pair(submissions[i], submissions[j], share, submissions[mine], file, shared)
    return best
