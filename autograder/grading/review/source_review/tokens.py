"""Tokens of Python source that renaming, comments, docstrings and layout do not change.

copydetect's own filter replaces every name, so that `torch.sqrt(a)` equals `torch.exp(b)`. Here
names of libraries stay: they cannot be renamed, and they distinguish ideas
(`python -m autograder.validation.similarity` measures the effect).
"""

import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

# A lexer of our own: that of pygments takes ten times as long, and every grading reads all released
# files (`released`). No part gives back what it has matched, so any text takes linear time. What is
# left open, like a string without its end, is a token too.
TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|\\\n|\#[^\n]*+)++)
    |(?P<string>(?i:[rbfu]{0,2})(?:
        (?P<triple>\'{3}(?:[^'\\]|\\.|'(?!''))*+(?:'{3})?|"{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3})?)
        |'(?:[^'\\\n]|\\.)*+'?|"(?:[^"\\\n]|\\.)*+"?))
    |(?P<number>\.?[0-9](?:[eE][+-]|[\w.])*+)
    |(?P<name>\w++)
    |[!=<>:]=|<<|>>|.
    """,
    re.VERBOSE | re.DOTALL,
)
NAME, STRING = "a name", "a string"
OWNERS = {"self", "cls"}
LANGUAGE = frozenset((*keyword.kwlist, *dir(builtins), *OWNERS))  # words that stay
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


def decoded(content: bytes) -> str:
    """The text of a file, whatever its bytes, with the ends of lines that Python knows."""
    text = content.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def names(text: str) -> Iterator[tuple[int, str]]:
    """The line and the word of every name and keyword outside strings and comments."""
    line, place = 1, 0
    for match in TOKEN.finditer(text):
        if match.lastgroup == "name":
            line, place = line + text.count("\n", place, match.start()), match.start()
            yield line, match[0]


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


@lru_cache(2**14)
def sign(word: str) -> str:
    """One character for a word, the same in every process."""
    number = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    return chr(FIRST_SIGN + number % (LAST_SIGN - FIRST_SIGN + 1))


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    before, before_that, new_line = "", "", True
    for match in TOKEN.finditer(text):
        kind, word = match.lastgroup, match[0]
        if kind == "space":
            new_line = new_line or "\n" in word
            continue
        documents, new_line = new_line and match["triple"] is not None, False
        if documents:
            continue
        if kind == "string":
            word = STRING
        elif kind == "name" and not (word in LANGUAGE or _of_a_library(before, before_that)):
            word = NAME
        yield word, match.start(), match.end()
        before, before_that = match[0], before


def _of_a_library(before: str, before_that: str) -> bool:
    """Whether a name after these two words is an attribute that students cannot rename."""
    return before == "." and before_that not in OWNERS
