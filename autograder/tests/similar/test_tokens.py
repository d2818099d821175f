"""Tokens: what copyists change leaves no trace, what tells ideas apart does."""

import pytest

from autograder.similar.disguise import disguise
from autograder.similar.tokenising import MOST_TOKENS, NotComparable, Tokeniser
from autograder.similar.tokens import decoded, tokenise

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


def test_a_submission_that_takes_too_long_costs_only_itself():
    with Tokeniser(seconds=0.001) as hasty, pytest.raises(NotComparable, match=r"0\.001 s"):
        hasty.tokens_of({"a.py": PLAIN})


def test_after_a_submission_of_too_many_tokens_the_next_one_is_read():
    with Tokeniser() as tokeniser:
        with pytest.raises(NotComparable, match="60,000 tokens"):
            tokeniser.tokens_of({"a.py": "[" * 70_000})
        assert tokeniser.tokens_of({"a.py": PLAIN})["a.py"] == tokenise(PLAIN, MOST_TOKENS)


def test_after_its_process_ended_the_next_submission_is_read():
    with Tokeniser() as tokeniser:
        tokeniser.tokens_of({"a.py": PLAIN})
        tokeniser.process.kill()
        with pytest.raises(NotComparable, match="memory"):
            tokeniser.tokens_of({"a.py": PLAIN})
        assert tokeniser.tokens_of({"a.py": PLAIN})


def test_a_disguised_copy_does_the_same():
    text = "def area(width, height):\n    product = width * height\n    return product + 1\n"
    for seed in range(10):
        copy = disguise({"a.py": text}, seed, rewrite=True)["a.py"]
        space: dict = {}
        exec(copy, space)
        assert "product" not in copy and space["area"](3, 4) == 13
