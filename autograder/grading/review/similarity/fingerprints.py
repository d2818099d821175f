"""Fingerprints of a submission: the k-grams of its tokens (copydetect).

A k-gram never crosses the end of a file. Those of the starter do not count.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from copydetect import CodeFingerprint

from autograder.grading.review.source_review.tokens import Tokens

K = 15  # tokens; python -m autograder.validation.similarity measures others


@dataclass
class Source:
    """One file: its text, its tokens, and the k-gram that begins at each token (0: not counted)."""

    text: str
    tokens: Tokens
    grams: np.ndarray


@dataclass
class Fingerprints:
    """One submission; those of `earlier` years are only compared with those of this year.

    `problem` says why it cannot be compared, `released` which passages are like files that students
    receive.
    """

    name: str
    sources: dict[str, Source] = field(default_factory=dict)
    earlier: bool = False
    problem: str = ""
    released: list[str] = field(default_factory=list)


def grams_of(tokens: Tokens, k: int = K) -> np.ndarray:
    """The hash of the k-gram at each token; 0 at the last k - 1 tokens.

    A window of 1 keeps every k-gram: 500 submissions are few enough.
    """
    grams = np.zeros(len(tokens.signs), dtype=np.int64)
    if len(tokens.signs) >= k:
        fingerprint = CodeFingerprint("", k, 1, filter=False, fp=io.StringIO(tokens.signs))
        for value, places in fingerprint.hash_idx.items():
            grams[places] = value
    return grams


def sources_of(
    texts: Mapping[str, str], tokens: Mapping[str, Tokens], starter: np.ndarray, k: int = K
) -> dict[str, Source]:
    """The files of a submission, without the k-grams in `starter`.

    copydetect can leave these out itself, but then also ignores what a file has twice.
    """
    sources = {}
    for file, text in texts.items():
        grams = grams_of(tokens[file], k)
        grams[np.isin(grams, starter)] = 0
        sources[file] = Source(text, tokens[file], grams)
    return sources


def all_grams(files: Iterable[Tokens], k: int = K) -> np.ndarray:
    """Every k-gram of some files, such as the starter's."""
    grams = [grams_of(tokens, k) for tokens in files]
    return np.unique(np.concatenate([*grams, np.zeros(0, np.int64)]))


def covered(hits: np.ndarray, k: int = K) -> np.ndarray:
    """Which tokens are part of a k-gram in `hits`; the first axis is that of the tokens."""
    reached, width = hits.copy(), 1
    while width < k:
        step = min(width, k - width)
        reached[step:] |= reached[:-step].copy()
        width += step
    return reached
