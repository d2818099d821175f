"""Does the threshold tell copies from independent work? Measured on programs of this repository.

Independent: the variants of `known_bugs/right` that are whole files of another style, and the
solution. Copies: each of them disguised, file by file; and the known bugs and variants that differ
from the solution by a few lines.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import combinations, product

from autograder.config.paths import REPOSITORY
from autograder.course.starter import handed_out
from autograder.grading.review.similarity.comparing import FEWEST_TOKENS, compare
from autograder.grading.review.similarity.fingerprints import (
    Fingerprints,
    K,
    all_grams,
    covered,
    sources_of,
)
from autograder.grading.review.source_review.tokens import MOST_TOKENS, decoded, tokenise
from autograder.validation.known_bugs.apply import edited, solution_files
from autograder.validation.known_bugs.entries import Variant, load_entries

from .disguise import disguise

SEEDS = range(5)
Pair = tuple[float, str, str]  # a share, and the names of both


class Gallery:
    """Texts to compare, tokenised once."""

    def __init__(self, k: int = K):
        self._k, self._tokens = k, cache(partial(tokenise, most=MOST_TOKENS))
        starter = handed_out().values()
        self._starter = all_grams([self._tokens(decoded(one)) for one in starter], k)

    def prints(self, name: str, texts: Mapping[str, str]) -> Fingerprints:
        """Fingerprints of a submission of these files."""
        tokens = {file: self._tokens(text) for file, text in texts.items()}
        return Fingerprints(name, sources_of(texts, tokens, self._starter, self._k))

    def share(self, first: Fingerprints, second: Fingerprints) -> float:
        """The share that `autograder similar` reports for the two."""
        return compare([first, second], k=self._k).pairs[0].share

    def share_of_copy(self, file: str, text: str, seed: int, rewrite: bool) -> float:
        """The share of one file alone in its disguised copy: no other file helps to detect it."""
        copy = disguise({file: text}, seed, rewrite)
        return self.share(self.prints("a", {file: text}), self.prints("b", copy))

    def long_enough(self, text: str) -> bool:
        """Whether a file alone may be flagged."""
        (source,) = self.prints("", {"": text}).sources.values()
        return covered(source.grams != 0, self._k).sum() >= FEWEST_TOKENS


def whole_versions() -> dict[str, dict[str, str]]:
    """The solution and the variants of whole files: name -> the text of each file."""
    folders = {v.name: REPOSITORY.right / v.folder for v in load_entries().variants if v.folder}
    return {"solution": solution_files()} | {
        name: {path.name: decoded(path.read_bytes()) for path in sorted(folder.glob("*.py"))}
        for name, folder in folders.items()
    }


def edited_versions() -> dict[str, dict[str, str]]:
    """The solution with the edits of each entry that changes a few lines."""
    few = [one for one in load_entries().all if not (isinstance(one, Variant) and one.folder)]
    return {one.name: edited(one.name, solution_files(), one.edits) for one in few}


def measure(k: int = K, on_version: Callable[[], None] = lambda: None) -> dict[str, list[Pair]]:
    """The pairs of each kind; `on_version` is called after each version."""
    gallery, whole = Gallery(k), whole_versions()
    prints = {name: gallery.prints(name, texts) for name, texts in whole.items()}
    pairs: dict[str, list[Pair]] = {
        "independent": [
            (gallery.share(prints[a], prints[b]), a, b) for a, b in combinations(prints, 2)
        ],
        "disguised": [],
        "rewritten": [],
        "edited": [],
    }
    for name, texts in whole.items():
        for file, text in texts.items():
            if gallery.long_enough(text):
                for kind, seed in product(("disguised", "rewritten"), SEEDS):
                    share = gallery.share_of_copy(file, text, seed, kind == "rewritten")
                    pairs[kind].append((share, f"{name}/{file}", f"copy {seed}"))
        on_version()
    for name, texts in edited_versions().items():
        share = gallery.share(prints["solution"], gallery.prints(name, disguise(texts, 0)))
        pairs["edited"].append((share, "solution", name))
        on_version()
    return pairs
