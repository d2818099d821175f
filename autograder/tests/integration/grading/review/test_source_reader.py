"""The one reader of hostile source: whatever stands there, the judge lives on with a sentence."""

import time

import pytest

from autograder.grading.review.source_reader import read_inside

GIVES_UP = ("gives up", "is ended by SIG", "too many nested parentheses", "too complex", "nested")
# what is handed in, and what may be said of it; nothing where Python reads it
HOSTILE = {
    "brackets": (b"x = " + b"(" * 100_000 + b")" * 100_000, GIVES_UP),
    "blocks": (b"".join(b" " * n + b"if 1:\n" for n in range(200)), ("indentation",)),
    "signs": (b"x = " + b"-" * 200_000 + b"1", GIVES_UP),
    "attributes": (b"x" + b".a" * 200_000, GIVES_UP),
    "null_bytes": (b"x = 1\n\0\0", ("null byte",)),
    "one_long_line": (b"x = '" + b"a" * 10_000_000 + b"'", ()),
    "huge_integer": (b"x = " + b"9" * 500_000, ("limit",)),
    "f_strings": (b"x = f'" + b"{a}" * 50_000 + b"'", ()),
    "f_strings_in_f_strings": (b"x = " + b'f"{' * 20_000, ("f-string", *GIVES_UP)),
    "not_utf_8": (b"x = '\xff\xfe'", ("utf-8",)),
    "utf_16": ("x = 1".encode("utf-16"), ("utf-8", "null byte")),
    "unknown_encoding": (b"# coding: no_such_code\nx = 1", ("unknown encoding",)),
    "slow_encoding": (b"# coding: punycode\n#-" + b"z9" * 40_000, ("encoding", "punycode")),
    "open_string": (b"x = '''" + b"\\" * 100_000, ("unterminated",)),
}
FILES = {f"diffusion/{name}.py": source for name, (source, _) in HOSTILE.items()}
LAST = {"diffusion/zuletzt.py": b"import os\n"}


@pytest.fixture(scope="module")
def replies(isolation):
    """What is said of all of them at once."""
    start = time.monotonic()
    replies = read_inside(FILES | LAST, "unusual", isolation)
    assert time.monotonic() - start < 60
    return replies


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_source_ends_in_a_sentence(replies, name):
    reply, words = replies[f"diffusion/{name}.py"], HOSTILE[name][1]
    if words:
        assert any(part in reply.problem for part in words), reply.problem[:300]
        assert reply.answer is None and reply.line >= 1
    else:
        assert reply.problem == "" and isinstance(reply.answer, list)
    assert len(reply.problem) <= 400


def test_what_stands_beside_hostile_source_is_read(replies):
    assert replies["diffusion/zuletzt.py"].answer == [[1, 1, "imports os (another process)"]]


def test_tokens_of_hostile_source_cost_nobody_else(isolation):
    texts = {
        name: source.decode(errors="replace").encode() for name, source in (FILES | LAST).items()
    }
    replies = read_inside(texts, "tokens", isolation)
    assert replies.keys() == texts.keys()
    assert all((reply.answer is None) == bool(reply.problem) for reply in replies.values())
    assert replies["diffusion/zuletzt.py"].answer.shape == (3, 2)
    assert "more than 60,000 tokens" in replies["diffusion/brackets.py"].problem
