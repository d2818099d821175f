"""Python text as statements, found line by line without parsing it: hostile source costs nothing.

A statement is what begins at the start of a line and ends where no bracket and no string is open.
Every step of the search moves on, so time and memory are linear in the text. What is said about
names is what a reader sees at a glance; where Python sees more, the sandbox finds out.
"""

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

SIGN = re.compile(r"(?<!\w)[^\W\d]\w*|[#\n\\()\[\]{}\"']")
IN_BRACES = re.compile(r"\{([^{}\n!:]{1,200})")
WORD = re.compile(r"(?<!\w)[^\W\d]\w*")
STRING_PREFIXES = {"r", "b", "f", "u", "rb", "br", "fr", "rf"}
CLOSES = {quote: re.compile(rf"\\.|{quote}", re.DOTALL) for quote in ("'''", '"""')} | {
    quote: re.compile(rf"\\.|{quote}|\n", re.DOTALL) for quote in ("'", '"')
}
CONTINUES = {"else", "elif", "except", "finally"}
NO_NAMES = frozenset(keyword.kwlist)
ASSIGNED = re.compile(r"[^\W\d]\w*(?:[ \t]*,[ \t]*[^\W\d]\w*)*[ \t]*(?::[^=\n]{0,200})?=(?!=)")
TRIES = {"for", "while", "with", "assert"}
CALLED = re.compile(r"[^\W\d][\w.]*[ \t]*(?:\(|;?[ \t]*(?:#[^\n]*)?(?:\n|\Z))")
SWALLOWED = re.compile(r"\n(?:async[ \t]+def|def|class)[ \t]")
LOOKED_AT = 1000  # characters of a statement that may be a simple assignment


@dataclass(frozen=True)
class Name:
    """One name in the code of a statement, with what stands before and behind it."""

    text: str
    after_dot: bool
    assigned: bool  # a single = follows: `x = 1`, and also f(x=1)


@dataclass(frozen=True)
class Statement:
    """Whole lines. Of a compound statement it is the line that opens it."""

    text: str
    names: tuple[Name, ...]

    @property
    def indent(self) -> str:
        return self.text[: len(self.text) - len(self.text.lstrip(" \t\f"))]

    @property
    def first(self) -> str:
        """Its first word, "@" of a decorator, "" of a comment or an empty line."""
        start = self.text.lstrip(" \t\f")
        if start.startswith("@"):
            return "@"
        return self.names[0].text if self.names and start.startswith(self.names[0].text) else ""

    @property
    def empty(self) -> bool:
        start = self.text.strip()
        return not start or start.startswith("#")


def statements(text: str) -> Iterator[Statement]:
    """The statements of a text, in order; together they are the text."""
    at = 0
    while at < len(text):
        statement = statement_at(text, at)
        yield statement
        at += len(statement.text)


def statement_at(text: str, at: int) -> Statement:
    """The statement that begins there, at the start of a line."""
    end, names = _end_of(text, at)
    return Statement(text[at:end], tuple(names))


def _end_of(text: str, at: int) -> tuple[int, list[Name]]:
    """Where the statement ends that begins at `at`, and the names in it."""
    names: list[Name] = []
    depth = 0
    while sign := SIGN.search(text, at):
        word, at = sign[0], sign.end()
        if word == "\n" and depth == 0:
            return at, names
        if word == "#":
            at = _or_end(text, text.find("\n", at))
        elif word == "\\":
            at += 1
        elif word in "([{":
            depth += 1
        elif word in ")]}":
            depth = max(0, depth - 1)
        elif word in "\"'":
            at = _end_of_string(text, at - 1)
        elif word == "\n":
            pass  # a bracket is open
        elif word.lower() in STRING_PREFIXES and text[at : at + 1] in ("'", '"'):
            end = _end_of_string(text, at)
            inside = IN_BRACES.findall(text, at, end) if "f" in word.lower() else ()
            names += [Name(one, False, False) for part in inside for one in WORD.findall(part)]
            at = end
        else:
            names.append(Name(word, _after_dot(text, sign.start()), _assigned(text, at)))
    return len(text), names


def _or_end(text: str, at: int) -> int:
    return len(text) if at < 0 else at


def _end_of_string(text: str, at: int) -> int:
    quote = text[at] * 3 if text.startswith(text[at] * 3, at) else text[at]
    at += len(quote)
    while found := CLOSES[quote].search(text, at):
        at = found.end()
        if found[0] == quote:
            return at
        if found[0] == "\n":
            return at - 1  # no string at all: Python will say so
    return len(text)


def _after_dot(text: str, at: int) -> bool:
    at -= 1
    while at >= 0 and text[at] in " \t":
        at -= 1
    return at >= 0 and text[at] == "."


def _assigned(text: str, at: int) -> bool:
    while at < len(text) and text[at] in " \t":
        at += 1
    return text.startswith("=", at) and not text.startswith("==", at)


# ------------------------------------------------------------------- what stands at the top level


@dataclass(frozen=True)
class Piece:
    """A statement at the top level with all that is indented below it, and where it begins."""

    lines: tuple[Statement, ...]
    start: int = 0

    @cached_property
    def text(self) -> str:
        return "".join(line.text for line in self.lines)

    @cached_property
    def head(self) -> Statement:
        """The line that says what it is: below decorators, and above a body."""
        return next((one for one in self.lines if one.first != "@"), self.lines[0])

    @property
    def is_import(self) -> bool:
        return self.head.first in ("import", "from")

    @property
    def is_definition(self) -> bool:
        return self.head.first in ("def", "class", "async")

    @cached_property
    def defines(self) -> tuple[str, ...]:
        """The names that it gives to a module; "*" where nobody can tell from the text."""
        words = [name.text for name in self.head.names]
        if self.is_definition:
            return tuple(word for word in words if word not in NO_NAMES)[:1]
        if self.is_import:
            return _imported(self.head)
        if match := ASSIGNED.match(self.head.text[:LOOKED_AT]):
            return tuple(dict.fromkeys(WORD.findall(match[0].split(":")[0])))
        return ()

    @property
    def is_trial(self) -> bool:
        """It only does something, as one tries things out: a call, a loop, a value to look at."""
        first, text = self.head.first, self.head.text[:LOOKED_AT]
        if SWALLOWED.search(self.head.text):  # a bracket that nobody closed: the cell is broken
            return False
        return first in TRIES or bool(CALLED.match(text) and first != "setattr")

    @property
    def is_plain_value(self) -> bool:
        """An assignment that calls nothing: `HIDDENS = 64`, `Tensor = torch.Tensor`."""
        return bool(self.defines) and not (
            self.is_import or self.is_definition or "(" in self.text or "[" in self.text
        )

    @cached_property
    def uses(self) -> frozenset[str]:
        """Names in its code that may be those of a module."""
        found = (name.text for line in self.lines for name in line.names if not name.after_dot)
        return frozenset(found) - NO_NAMES

    @cached_property
    def binds(self) -> frozenset[str]:
        """Names that it, or something inside it, seems to give a value of its own."""
        bound = set(self.defines)
        for line in self.lines:
            words = [name.text for name in line.names]
            own = "lambda" in words or line.first in ("def", "async")
            bound |= {name.text for name in line.names if name.assigned or own}
            bound |= set(_targets(words))
        return frozenset(bound - NO_NAMES)


def pieces(text: str) -> list[Piece]:
    """The statements of the top level, in order; comments and empty lines between them are gone."""
    found: list[tuple[int, list[Statement]]] = []
    decorated, at = False, 0
    for line in statements(text):
        inside = line.empty or line.indent or line.first in CONTINUES
        if found and (inside or decorated):
            found[-1][1].append(line)
        elif not line.empty:
            found.append((at, [line]))
        if not line.indent and not line.empty:
            decorated = line.first == "@"
        at += len(line.text)
    return [Piece(tuple(_without_end(lines)), start) for start, lines in found]


def _without_end(lines: list[Statement]) -> list[Statement]:
    """Without the comments and empty lines at the end."""
    end = len(lines)
    while end > 1 and lines[end - 1].empty:
        end -= 1
    return lines[:end]


def _imported(line: Statement) -> tuple[str, ...]:
    """The names that `import a.b as c, d` or `from a import (b as c, d)` brings."""
    text = re.sub(r"#[^\n]*", "", line.text[:LOOKED_AT]).replace("\\\n", " ")
    whole = line.first == "import"
    listed = text.strip()[len("import") :] if whole else text.partition(" import ")[2]
    names = []
    for entry in listed.strip(" ()\n\t;").split(","):
        words = entry.strip(" ()\n\t").split()
        if words == ["*"]:
            names.append("*")
        elif words:
            names.append(words[-1] if len(words) == 3 else words[0].split(".")[0])
    return tuple(name for name in names if name == "*" or name.isidentifier())


def _targets(words: list[str]) -> Iterator[str]:
    """The names between `for` and `in`, and the one behind `as`."""
    in_for = False
    for before, word in zip(["", *words], words, strict=False):
        in_for = word != "in" and (in_for or before == "for")
        if in_for or before == "as":
            yield word
