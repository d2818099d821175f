"""Tokens of Python source that renaming, comments, docstrings and layout do not change.

copydetect's own filter replaces every name, so that `torch.sqrt(a)` equals `torch.exp(b)`. Here
names of libraries stay: they cannot be renamed, and they distinguish ideas
(`python -m autograder.validation.similarity` measures the effect).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from pygments.lexers import PythonLexer
from pygments.token import Comment, Name, String, Text

NAME, STRING = "a name", "a string"
OWNERS = {"self", "cls"}
CLOSING = {")", "]", "}"}
FIRST_SIGN, LAST_SIGN = 0x10000, 0x10FFFF
MOST_TOKENS = 60_000  # of one submission; the solution has 5,000


@dataclass(frozen=True)
class Tokens:
    """`signs` has one character for each token; token i is text[starts[i]:ends[i]]."""

    signs: str
    starts: list[int]
    ends: list[int]


class TooLong(Exception):
    """The source has too many tokens."""


def tokenise(text: str, most: int) -> Tokens:
    """The tokens of a text, which may be broken Python.

    Raises:
        TooLong: they are more than `most`.
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for word, start, end in _words(text):
        if word in CLOSING and words and words[-1] == ",":  # formatters add and remove these
            for column in (words, starts, ends):
                column.pop()
        if word == STRING and words and words[-1] == STRING:  # one string, lexed in pieces
            ends[-1] = end
            continue
        words.append(word)
        starts.append(start)
        ends.append(end)
        if len(words) > most:
            raise TooLong(f"more than {most:,} tokens")
    return Tokens("".join(map(sign, words)), starts, ends)


def sign(word: str) -> str:
    """One character for a word, the same in every process."""
    number = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    return chr(FIRST_SIGN + number % (LAST_SIGN - FIRST_SIGN + 1))


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    before, before_that = "", ""
    for start, kind, value in PythonLexer().get_tokens_unprocessed(text):
        if kind in Comment or kind in Text or kind in String.Doc or not value.strip():
            continue
        if kind in String:
            word = STRING
        elif kind in Name and kind not in Name.Builtin and not _of_a_library(before, before_that):
            word = NAME
        else:
            word = value
        yield word, start, start + len(value)
        before, before_that = value, before


def _of_a_library(before: str, before_that: str) -> bool:
    """Whether a name after these two words is an attribute that students cannot rename."""
    return before == "." and before_that not in OWNERS
