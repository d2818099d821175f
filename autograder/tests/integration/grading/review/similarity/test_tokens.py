"""Tokens: what copyists change leaves no trace, what tells ideas apart does."""

import numpy as np
import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.review.similarity.submissions import _tokens, tokens_of
from autograder.grading.review.source_review.tokens import MOST_TOKENS, decoded, tokenise
from autograder.grading.sandbox.wire import WireError
from autograder.validation.disguise import disguise
from checkkit import oracles

PLAIN = '''
def mix(a, b):
    """Mix two."""
    # a comment
    total = torch.sqrt(a) * b  # another
    return f(total, [1, 2])
'''
LAID_OUT = """
def blend(
    x, y,
):
    s = (
        torch.sqrt(x) * y
    )
    return g(s, [1, 2,],)
"""


def signs(text: str) -> str:
    return tokenise(text, MOST_TOKENS).signs


def test_names_comments_docstrings_and_commas_leave_no_trace():
    assert signs(PLAIN) == signs(
        LAID_OUT.replace("(\n        torch", "torch").replace("y\n    )", "y")
    )


def test_names_of_a_library_stay():
    assert signs(PLAIN) != signs(PLAIN.replace("torch.sqrt", "torch.exp"))
    assert signs("self.enter(x)") == signs("self.begin(x)")


@pytest.mark.parametrize("text", ["", "def (:\n  'open", "\x00\x0c\ud800", "x = 1\n" * 50])
def test_any_text_has_tokens_that_lie_where_they_say(text):
    tokens = tokenise(text, MOST_TOKENS)
    assert len(tokens.signs) == len(tokens.starts) == len(tokens.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(tokens.starts, tokens.ends, strict=True))
    assert tokens.starts == sorted(tokens.starts)


def test_bytes_of_any_encoding_become_text():
    assert decoded("\ufeffx = 'ä'\r\ny".encode("utf-8")) == "x = 'ä'\ny"
    assert "x" in decoded(b"\xff\xfex\x00")


def test_what_comes_out_of_the_cage_is_what_a_source_has(isolation):
    broken = b"def (:\n  'open\n\x00\xed\xa0\x80"
    class_ = {"ada": {"a.py": PLAIN.encode(), "b.py": b""}, "eve": {"a.py": broken}}
    found = tokens_of(class_, isolation)
    assert found == {
        name: {file: tokenise(decoded(one), MOST_TOKENS) for file, one in files.items()}
        for name, files in class_.items()
    }


def test_a_submission_of_too_many_tokens_costs_only_itself(isolation):
    many = {"a.py": b"x " * 40_000, "b.py": b"x " * 40_000}
    found = tokens_of(
        {"eve": {"a.py": b"[" * 70_000}, "eva": many, "ada": {"a.py": PLAIN.encode()}}, isolation
    )
    assert found["eve"] == "a.py cannot be compared: it has more than 60,000 tokens"
    assert found["eva"] == "has more than 60,000 tokens"
    assert found["ada"] == {"a.py": tokenise(PLAIN, MOST_TOKENS)}


def test_where_the_reader_is_too_slow_every_submission_is_told(isolation):
    class_ = {"ada": {"a.py": PLAIN.encode()}, "eve": {"a.py": PLAIN.encode()}}
    found = tokens_of(class_, isolation, seconds=0.001)
    assert found == dict.fromkeys(
        class_, "its tokens could not be read: no answer within 0.001 seconds"
    )


@pytest.mark.parametrize(
    "columns",
    [
        [[0x10000], [0], [3]],  # behind the end
        [[0x10000], [1], [1]],  # empty
        [[0x10000], [-1], [1]],
        [[65], [0], [1]],  # no sign
        [[0x10000] * 2, [1, 0], [2, 1]],  # out of order
        [[0x10000], [0]],
    ],
)
def test_tokens_that_cannot_be_those_of_the_text_are_refused(columns):
    with pytest.raises(WireError):
        _tokens(np.array(columns, np.int32), "ab")


def test_a_disguised_copy_of_the_oracles_computes_the_same():
    text = REPOSITORY.oracles.read_text()
    space: dict = {"__name__": oracles.__name__}
    exec(disguise({"": text}, 0, rewrite=True)[""], space)
    same = space["schedule"](1e-4, 0.02, 300)
    assert (same.alpha_bars == oracles.schedule(1e-4, 0.02, 300).alpha_bars).all()


def test_a_disguised_copy_does_the_same():
    text = "def area(width, height):\n    product = width * height\n    return product + 1\n"
    for seed in range(10):
        copy = disguise({"a.py": text}, seed, rewrite=True)["a.py"]
        space: dict = {}
        exec(copy, space)
        assert "product" not in copy and space["area"](3, 4) == 13
