"""Does the threshold part copies from independent work? Measured on what this repository has.

Independent: the right versions of `known_bugs/right` that are whole files of another style,
and the solution. Copies: each of them disguised, file by file; and the mutants and variants that
differ from the solution by a few lines.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.intake import PACKAGE
from autograder.grading.review.in_sandbox.tokens import MOST_TOKENS, Tokens, tokenise
from autograder.grading.review.similarity.comparing import FEWEST_TOKENS, THRESHOLD, compare
from autograder.grading.review.similarity.fingerprints import (
    Fingerprints,
    K,
    all_grams,
    covered,
    sources_of,
)
from autograder.grading.review.similarity.submissions import decoded
from autograder.validation.known_bugs.apply import solution_files, write_package
from autograder.validation.known_bugs.entries import Entry, Variant, load_entries

from .disguise import disguise

SEEDS = range(5)
KINDS = ("independent", "disguised", "rewritten", "edited")


@dataclass(frozen=True)
class Shares:
    """The share of every pair of a kind, with the names of both."""

    pairs: Mapping[str, list[tuple[float, str, str]]]

    def values(self, kind: str) -> list[float]:
        return [share for share, _, _ in self.pairs[kind]]

    def flagged(self, kind: str, threshold: float = THRESHOLD) -> int:
        return sum(share >= threshold for share in self.values(kind))


class Gallery:
    """Texts to compare, tokenised once."""

    def __init__(self, k: int = K):
        self._k = k
        self._known: dict[str, Tokens] = {}
        starter = files_in(REPOSITORY.starter_package, ".py")
        self._starter = all_grams([self._tokens(decoded(p.read_bytes())) for p in starter], k)

    def prints(self, name: str, texts: Mapping[str, str]) -> Fingerprints:
        """Fingerprints of a submission of these files."""
        tokens = {file: self._tokens(text) for file, text in texts.items()}
        return Fingerprints(name, sources_of(texts, tokens, self._starter, self._k))

    def share(self, first: Fingerprints, second: Fingerprints) -> float:
        """What `autograder similar` would say of the two."""
        return compare([first, second], k=self._k).pairs[0].share

    def long_enough(self, text: str) -> bool:
        """Whether a file alone may be flagged."""
        (source,) = self.prints("", {"": text}).sources.values()
        return covered(source.grams != 0, self._k).sum() >= FEWEST_TOKENS

    def _tokens(self, text: str) -> Tokens:
        if text not in self._known:
            self._known[text] = tokenise(text, MOST_TOKENS)
        return self._known[text]


def measure(k: int = K, told: Callable[[], None] = lambda: None) -> Shares:
    """All shares; `told` is called after each implementation, and after each edited one."""
    gallery, entries = Gallery(k), load_entries()
    own = {"solution": solution_files()} | {
        entry.name: _texts(REPOSITORY.right / entry.folder)
        for entry in entries.variants
        if entry.folder
    }
    prints = {name: gallery.prints(name, texts) for name, texts in own.items()}
    pairs: dict[str, list[tuple[float, str, str]]] = {kind: [] for kind in KINDS}
    for a, b in combinations(prints, 2):
        pairs["independent"].append((gallery.share(prints[a], prints[b]), a, b))
    for name, texts in own.items():
        for file, text in texts.items():
            if gallery.long_enough(text):
                for kind, rewrite in (("disguised", False), ("rewritten", True)):
                    pairs[kind] += [
                        (share, f"{name}/{file}", f"copy {seed}")
                        for seed in SEEDS
                        for share in [_of_a_copy(gallery, file, text, seed, rewrite)]
                    ]
        told()
    whole = prints["solution"]
    for entry in edited(entries.all):
        copy = gallery.prints(entry.name, disguise(package_files(entry), 0))
        pairs["edited"].append((gallery.share(whole, copy), "solution", entry.name))
        told()
    return Shares(pairs)


def package_files(entry: Entry) -> dict[str, str]:
    """Name and text of each file that a student with this entry would hand in."""
    with tempfile.TemporaryDirectory() as folder:
        return _texts(write_package(entry, Path(folder)) / PACKAGE)


def _texts(folder: Path) -> dict[str, str]:
    return {path.name: decoded(path.read_bytes()) for path in sorted(folder.glob("*.py"))}


def edited(entries: tuple[Entry, ...]) -> list[Entry]:
    """Those that are the solution with a few lines changed."""
    return [one for one in entries if not (isinstance(one, Variant) and one.folder)]


def _of_a_copy(gallery: Gallery, file: str, text: str, seed: int, rewrite: bool) -> float:
    """The share of one file alone in its disguised copy: nothing else helps to find it."""
    copy = disguise({file: text}, seed, rewrite)
    return gallery.share(gallery.prints("a", {file: text}), gallery.prints("b", copy))
