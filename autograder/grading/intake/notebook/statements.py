"""Python text as statements, found without parsing it, so that hostile source costs nothing.

A logical line begins at the start of a line and ends where no bracket and no string is open. A
statement is a logical line at the top level with all that is indented below it. Every step of the
search moves on, so time and memory are linear in the text. The names in a statement are found by
simple rules; whether Python reads it in the same way is found out in the sandbox.
"""

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

SIGN = re.compile(r"(?<!\w)[^\W\d]\w*|#[^\n]*|[.\n\\()\[\]{}\"']")
IN_BRACES = re.compile(r"\{([^{}\n!:]{1,200})")
WORD = re.compile(r"(?<!\w)[^\W\d]\w*")
STRING_PREFIXES = {"r", "b", "f", "u", "rb", "br", "fr", "rf"}
CLOSES = {quote: re.compile(rf"\\.|{quote}", re.DOTALL) for quote in ("'''", '"""')} | {
    quote: re.compile(rf"\\.|{quote}|\n", re.DOTALL) for quote in ("'", '"')
}
CONTINUES = {"else", "elif", "except", "finally"}
NO_NAMES = frozenset(keyword.kwlist)
EQUALS = re.compile(r"[ \t]*=(?!=)")
ASSIGNED = re.compile(r"[^\W\d]\w*(?:[ \t]*,[ \t]*[^\W\d]\w*)*[ \t]*(?::[^=\n]{0,200})?=(?!=)")
TRIES = {"for", "while", "with", "assert"}
CALLED = re.compile(r"[^\W\d][\w.]*[ \t]*(?:\(|;?[ \t]*(?:#[^\n]*)?(?:\n|\Z))")
SWALLOWED = re.compile(r"\n(?:async[ \t]+def|def|class)[ \t]")
MOST_CHARACTERS = 1000  # of a statement that may be a simple assignment


@dataclass(frozen=True)
class Name:
    """One name in the code of a logical line, with what stands before and behind it."""

    text: str
    after_dot: bool
    assigned: bool  # a single = follows: `x = 1`, and also f(x=1)


@dataclass(frozen=True)
class LogicalLine:
    """Whole lines. Of a compound statement it is the line that opens it."""

    text: str
    names: tuple[Name, ...]

    @property
    def is_indented(self) -> bool:
        return self.text.startswith((" ", "\t", "\f"))

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


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """The logical lines of a text, in order; together they are the text."""
    at = 0
    while at < len(text):
        line = line_at(text, at)
        yield line
        at += len(line.text)


def line_at(text: str, at: int) -> LogicalLine:
    """The logical line that begins there, at the start of a line."""
    end, names = _end_of(text, at)
    return LogicalLine(text[at:end], tuple(names))


def _end_of(text: str, at: int) -> tuple[int, list[Name]]:
    """Where the logical line ends that begins at `at`, and the names in it."""
    names: list[Name] = []
    depth, word = 0, ""
    while sign := SIGN.search(text, at):
        after_dot = word == "." and not text[at : sign.start()].strip(" \t")
        word, at = sign[0], sign.end()
        if word == "\n" and depth == 0:
            return at, names
        if word in ".\n" or word.startswith("#"):
            continue
        if word == "\\":
            at += 1
        elif word in "([{":
            depth += 1
        elif word in ")]}":
            depth = max(0, depth - 1)
        elif word in "\"'":
            at = _end_of_string(text, at - 1)
        elif word.lower() in STRING_PREFIXES and text[at : at + 1] in ("'", '"'):
            end = _end_of_string(text, at)
            inside = IN_BRACES.findall(text, at, end) if "f" in word.lower() else ()
            names += [Name(one, False, False) for part in inside for one in WORD.findall(part)]
            at = end
        else:
            names.append(Name(word, after_dot, EQUALS.match(text, at) is not None))
    return len(text), names


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


# ------------------------------------------------------------------- what stands at the top level


@dataclass(frozen=True)
class Statement:
    """A statement at the top level with all that is indented below it, and where it begins."""

    lines: tuple[LogicalLine, ...]
    start: int = 0

    @cached_property
    def text(self) -> str:
        return "".join(line.text for line in self.lines)

    @cached_property
    def head(self) -> LogicalLine:
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
        if match := ASSIGNED.match(self.head.text[:MOST_CHARACTERS]):
            return tuple(dict.fromkeys(WORD.findall(match[0].split(":")[0])))
        return ()

    @property
    def is_trial(self) -> bool:
        """It only does something, as one tries things out: a call, a loop, a value to look at."""
        first, text = self.head.first, self.head.text[:MOST_CHARACTERS]
        if SWALLOWED.search(self.head.text):  # a bracket that nobody closed: the cell is broken
            return False
        return first in TRIES or bool(CALLED.match(text) and first != "setattr")

    @property
    def is_plain_value(self) -> bool:
        """An assignment that calls nothing: `HIDDENS = 64`, `Tensor = torch.Tensor`."""
        return bool(self.defines) and not (
            self.is_import or self.is_definition or "(" in self.text or "[" in self.text
        )

    @property
    def can_be_moved(self) -> bool:
        """Another module can hold it as well: it does not depend on what ran before it."""
        return self.is_import or self.is_definition or self.is_plain_value

    @cached_property
    def uses(self) -> frozenset[str]:
        """Names in its code that may be those of a module."""
        names = (name.text for line in self.lines for name in line.names if not name.after_dot)
        return frozenset(names) - NO_NAMES

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


def top_level(text: str) -> list[Statement]:
    """The statements of the top level, in order; comments and empty lines between them are gone."""
    groups: list[tuple[int, list[LogicalLine]]] = []
    decorated, at = False, 0
    for line in logical_lines(text):
        inside = line.empty or line.is_indented or line.first in CONTINUES
        if groups and (inside or decorated):
            groups[-1][1].append(line)
        elif not line.empty:
            groups.append((at, [line]))
        if not line.is_indented and not line.empty:
            decorated = line.first == "@"
        at += len(line.text)
    for _, lines in groups:
        while lines[-1].empty:
            lines.pop()
    return [Statement(tuple(lines), start) for start, lines in groups]


def _imported(line: LogicalLine) -> tuple[str, ...]:
    """The names that `import a.b as c, d` or `from a import (b as c, d)` brings."""
    text = re.sub(r"#[^\n]*", "", line.text[:MOST_CHARACTERS]).replace("\\\n", " ")
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
