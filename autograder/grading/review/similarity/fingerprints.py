"""Fingerprints of a submission: the k-grams of its tokens, each file's once (copydetect).

A k-gram never reaches over the end of a file. Those that stand in the starter are nobody's.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from copydetect import CodeFingerprint

from autograder.grading.review.in_sandbox.tokens import Tokens

K = 15  # tokens; python -m autograder.validation.similarity measures others


@dataclass
class Source:
    """One file: its text, its tokens, and the k-gram that begins at each of them (0: nobody's)."""

    text: str
    tokens: Tokens
    grams: np.ndarray


@dataclass
class Prints:
    """One submission as it is compared; `earlier` ones only with those of now."""

    name: str
    sources: dict[str, Source] = field(default_factory=dict)
    earlier: bool = False


def grams_of(tokens: Tokens, k: int = K) -> np.ndarray:
    """The hash of the k-gram at each token; 0 at the last k - 1, where none begins.

    A window of 1 keeps every k-gram: 500 submissions are few enough.
    """
    grams = np.zeros(len(tokens.signs), dtype=np.int64)
    if len(tokens.signs) >= k:
        found = CodeFingerprint("", k, 1, filter=False, fp=io.StringIO(tokens.signs))
        for value, places in found.hash_idx.items():
            grams[places] = value
    return grams


def prints_of(
    name: str,
    texts: Mapping[str, str],
    tokens: Mapping[str, Tokens],
    starter: np.ndarray,
    k: int = K,
    earlier: bool = False,
) -> Prints:
    """A submission's fingerprints, without the k-grams in `starter`.

    copydetect would leave these out itself, but takes whatever a file has twice for starter code.
    """
    prints = Prints(name, earlier=earlier)
    for file, text in texts.items():
        grams = grams_of(tokens[file], k)
        grams[np.isin(grams, starter)] = 0
        prints.sources[file] = Source(text, tokens[file], grams)
    return prints


def all_grams(files: Iterable[Tokens], k: int = K) -> np.ndarray:
    """Every k-gram of some files, such as the starter's."""
    found = [grams_of(tokens, k) for tokens in files]
    return np.unique(np.concatenate([*found, np.zeros(0, np.int64)]))


def covered(hits: np.ndarray, k: int = K) -> np.ndarray:
    """Which tokens lie in a k-gram that hits; the tokens are along the first axis."""
    reached, width = hits.copy(), 1
    while width < k:
        step = min(width, k - width)
        reached[step:] |= reached[:-step].copy()
        width += step
    return reached
