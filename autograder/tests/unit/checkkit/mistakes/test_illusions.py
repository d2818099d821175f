"""Mistakes in anagrams and hybrid images are named from exact weights, and nothing else is."""

import numpy as np
import pytest

from checkkit.mistakes import illusions
from checkkit.mistakes.illusions import (
    anagram_mistake,
    anagram_sum,
    hybrid_mistake,
    hybrid_sum,
)

STEPS, TURNS = 6, 3


def weights_of(sums, terms):
    rows = [[one.get(term, 0.0) for term in terms] for one in sums]
    return np.array([rows[step % len(rows)] for step in range(STEPS)])


@pytest.mark.parametrize("w", [2.3, 3.0, 7.0])
@pytest.mark.parametrize("kind", ["anagram", "hybrid"])
def test_each_wrong_sum_is_named_and_the_right_one_is_not(kind, w):
    wrong, right, turns = {
        "anagram": (illusions._anagrams(w, TURNS), anagram_sum(w), TURNS + 1),
        "hybrid": (illusions._hybrids(w), hybrid_sum(w), 2),
    }[kind]
    xs = range(turns) if kind == "anagram" else (0,)
    terms = [(x, cond, after) for x in xs for cond in range(4) for after in range(turns)]

    def found(sums):
        weights = weights_of(sums, terms)
        if kind == "anagram":
            return anagram_mistake(weights, terms, w, TURNS)
        return hybrid_mistake(weights, terms, w)

    assert found([right]) is None
    for name, story, sums in wrong:
        mistake = found(sums)
        assert mistake is not None and mistake.name == f"{kind}: {name}"
        assert mistake.words == story
    assert found([{term: 1.1 * weight for term, weight in right.items()}]) is None


def test_a_mistake_with_an_answer_that_was_never_asked_for_is_not_named():
    terms = sorted(anagram_sum(3.0))
    weights = weights_of([anagram_sum(2.0)], terms)
    assert anagram_mistake(weights, terms, 3.0, TURNS) is None
