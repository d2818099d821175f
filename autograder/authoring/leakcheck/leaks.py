"""Leaks: lines of the solution in anything that students receive.

A leak is a solution line of at least 40 characters, or two consecutive ones of any length,
compared without comments and white space. Lines that also stand outside solution regions (the
worked example, a docstring) are given to students anyway and are no leak.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config.paths import Repository, files_in
from autograder.course.strip import find_regions

LONG = 40
QUOTING = "#>*-|`+ \t"  # what a line of prose, a comment or a diff may have in front of code


@dataclass(frozen=True)
class Secret:
    """One line of a solution region, or two consecutive ones, without comments and white space."""

    lines: tuple[str, ...]
    length: int  # of the code as written
    source: str  # "solution/diffusion/ddpm.py:41"


class Text:
    """A file as the search sees it: its lines without white space, once whole and once joined."""

    def __init__(self, text: str):
        plain = [(n, code_of(line)) for n, line in enumerate(text.splitlines(), 1)]
        bare = [(n, line.strip(QUOTING)) for n, line in enumerate(text.splitlines(), 1)]
        self.views = [_View(plain), _View(bare)]

    def line_of(self, secret: Secret) -> int | None:
        """The line on which the secret stands, or None."""
        found = (view.line_of(secret) for view in self.views)
        return next((line for line in found if line is not None), None)


class _View:
    def __init__(self, numbered: Iterable[tuple[int, str]]):
        squeezed = [(n, squeeze(line)) for n, line in numbered]
        lines = [(n, line) for n, line in squeezed if line]
        self.numbers = [n for n, _ in lines]
        self.starts, at = [], 0
        for _, line in lines:
            self.starts.append(at)
            at += len(line)
        self.joined = "".join(line for _, line in lines)
        self.pairs: dict[tuple[str, ...], int] = {(a, b): n for (n, a), (_, b) in pairwise(lines)}

    def line_of(self, secret: Secret) -> int | None:
        if secret.length < LONG:
            return self.pairs.get(secret.lines)
        at = self.joined.find("".join(secret.lines))
        return None if at < 0 else self.line_at(at)

    def line_at(self, at: int) -> int:
        """The line that holds this place in `joined`."""
        return self.numbers[bisect_right(self.starts, at) - 1]


def code_of(line: str) -> str:
    """The line without its comment; a # inside quotes is none."""
    quote = ""
    for at, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#":
            return line[:at]
    return line


def squeeze(line: str) -> str:
    return "".join(line.split())


def secrets(root: Path) -> Iterator[Secret]:
    """Everything of the solution that students must not receive, as far as lines can tell."""
    paths = files_in(Repository(root).solution, ".py")
    yield from secrets_of({path.relative_to(root).as_posix(): path.read_text() for path in paths})


def secrets_of(modules: Mapping[str, str]) -> Iterator[Secret]:
    """The same of modules (name -> source) that have their markers."""
    for source, text in modules.items():
        lines = text.splitlines()
        for region in find_regions(lines, source):
            numbered = enumerate(lines[region.begin : region.end - 1], region.begin + 1)
            yield from secret_lines(numbered, source)


def secret_lines(numbered: Iterable[tuple[int, str]], source: str) -> Iterator[Secret]:
    """The long lines of a run of lines, and all that follow each other."""
    code = [(n, " ".join(code_of(line).split())) for n, line in numbered]
    code = [(n, line) for n, line in code if line]
    for n, line in code:
        if len(line) >= LONG:
            yield Secret((squeeze(line),), len(line), f"{source}:{n}")
    for (n, a), (_, b) in pairwise(code):
        yield Secret((squeeze(a), squeeze(b)), len(a) + len(b), f"{source}:{n}")


def received_files(root: Path) -> list[Path]:
    """Every file of the folders that students receive.

    Raises:
        MissingPath: one of them is missing or empty.
    """
    repository = Repository(root)
    folders = repository.starter, repository.checkkit, repository.checks
    return [path for folder in folders for path in files_in(folder)]


def received_texts(root: Path) -> Iterator[tuple[str, str]]:
    """Path and text of every text file that students receive."""
    for path in received_files(root):
        try:
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures, weights and digits


def leak_findings(root: Path, given: Mapping[str, str]) -> Iterator[Finding]:
    """Where students would receive lines of the solution.

    Args:
        given: the starter's modules as the solution generates them; what stands there is no leak.
    """
    allowed = [Text(text) for text in given.values()]
    hidden = [s for s in secrets(root) if all(text.line_of(s) is None for text in allowed)]
    for file, text in received_texts(root):
        searched, told = Text(text), set()
        for secret in hidden:
            line = searched.line_of(secret)
            if line is not None and line not in told:
                told.add(line)
                problem = f"gives away {secret.source}: write it otherwise, or leave it out"
                yield Finding(file, line, problem)
