"""What students must not receive: the solution, hidden checks, known bugs, marking schemes.

A secret is a line of at least 40 characters, or two consecutive lines of any length, compared
without comments and white space. What the starter or the public checks contain is no secret.
"""

import ast
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import Repository, files_in
from autograder.course.starter import solved
from autograder.course.strip import find_regions

LONG = 40
GRAM = 16  # characters by which a long secret is looked up
QUOTING = "#>*-|`+ \t"  # what a line of prose, a comment or a diff may have in front of code


@dataclass(frozen=True)
class Secret:
    """One line, or two consecutive ones, without comments and white space."""

    lines: tuple[str, ...]
    length: int  # of the code as written
    source: str  # "solution/diffusion/ddpm.py:41"


class Text:
    """A file as the search reads it: once as code, and once as prose that quotes code."""

    def __init__(self, text: str):
        lines = list(enumerate(text.splitlines(), 1))
        self.views = (
            _View((number, code_of(line)) for number, line in lines),
            _View((number, line.strip(QUOTING)) for number, line in lines),
        )


class _View:
    """Lines without white space: joined, and in pairs."""

    def __init__(self, numbered: Iterable[tuple[int, str]]):
        lines = [(number, squeezed) for number, line in numbered if (squeezed := squeeze(line))]
        self.numbers = [number for number, _ in lines]
        self.ends = list(accumulate(len(line) for _, line in lines))
        self.joined = "".join(line for _, line in lines)
        self.pairs: dict[tuple[str, ...], int] = {(a, b): n for (n, a), (_, b) in pairwise(lines)}

    def line_at(self, at: int) -> int:
        """The line that holds this place in `joined`."""
        return self.numbers[bisect_right(self.ends, at)]


class Index:
    """Secrets by their first characters: a text is read once, however many secrets there are."""

    def __init__(self, secrets: Iterable[Secret]):
        self._long: dict[str, list[Secret]] = {}
        self._short: dict[tuple[str, ...], Secret] = {}
        for secret in secrets:
            if secret.length < LONG:
                self._short.setdefault(secret.lines, secret)
            else:
                self._long.setdefault("".join(secret.lines)[:GRAM], []).append(secret)

    def __iter__(self) -> Iterator[Secret]:
        return chain(*self._long.values(), self._short.values())

    def found_in(self, text: Text) -> Iterator[tuple[int, Secret]]:
        """Line and secret of everything that the text gives away."""
        for view in text.views:
            for at in range(len(view.joined) - GRAM + 1):
                for secret in self._long.get(view.joined[at : at + GRAM], ()):
                    if view.joined.startswith("".join(secret.lines), at):
                        yield view.line_at(at), secret
            for lines in self._short.keys() & view.pairs.keys():
                yield view.pairs[lines], self._short[lines]

    def without(self, texts: Iterable[Text]) -> "Index":
        """The secrets that none of these texts contains."""
        public = {id(secret) for text in texts for _, secret in self.found_in(text)}
        return Index(secret for secret in self if id(secret) not in public)


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
    """The line without white space."""
    return "".join(line.split())


def solution_secrets(modules: Mapping[str, str]) -> Iterator[Secret]:
    """The secrets in the solution regions of modules (name -> source)."""
    for name, source in modules.items():
        lines = source.splitlines()
        for region in find_regions(lines, name):
            numbered = enumerate(lines[region.begin : region.end - 1], region.begin + 1)
            yield from secret_lines(numbered, name)


def secret_lines(numbered: Iterable[tuple[int, str]], source: str) -> Iterator[Secret]:
    """The long lines among these, and all pairs of consecutive ones."""
    code = [(n, " ".join(code_of(line).split())) for n, line in numbered]
    code = [(n, line) for n, line in code if line]
    for n, line in code:
        if len(line) >= LONG:
            yield Secret((squeeze(line),), len(line), f"{source}:{n}")
    for (n, a), (_, b) in pairwise(code):
        yield Secret((squeeze(a), squeeze(b)), len(a) + len(b), f"{source}:{n}")


# ----------------------------------------------------------------------- the secrets of a course


@dataclass(frozen=True)
class Secrets:
    """Everything that the search looks for, by kind.

    `names` are the functions and files of hidden checks: {"test_hidden_unets": "autograder/..."}.
    """

    solution: Index
    hidden: Index
    known_bugs: Index
    marking: Index
    names: Mapping[str, str]


def all_secrets(root: Path, course: Course, starter: Mapping[str, str]) -> Secrets:
    """The secrets of a course.

    Args:
        root: the repository.
        course: with its profile.
        starter: the modules that students get, by name.

    Raises:
        MissingPath: a folder that holds secrets is missing or empty.
    """
    repository = Repository(root)
    given = list(map(Text, starter.values()))
    checks = _texts(root, [repository.checkkit, repository.checks])
    public = [*given, *map(Text, checks.values())]
    hidden = _texts(root, [repository.hidden])
    solution = _texts(root, [repository.solution])
    folders = [repository.wrong, repository.right, repository.hostile, repository.attacks]
    known_bugs = _secrets_in(_texts(root, folders))
    right = map(Text, solution.values())
    return Secrets(
        solution=Index(solution_secrets({**solution, **solved(root, course)})).without(given),
        hidden=Index(_secrets_in(hidden)).without(public),
        known_bugs=Index(_long_ones(known_bugs)).without([*public, *right]),
        marking=Index(_marking(course)),
        names=_hidden_names(hidden, checks),
    )


def _texts(root: Path, folders: Iterable[Path]) -> dict[str, str]:
    paths = [path for folder in folders for path in files_in(folder, ".py", ".yaml")]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _secrets_in(texts: Mapping[str, str]) -> Iterator[Secret]:
    for name, text in texts.items():
        yield from secret_lines(enumerate(text.splitlines(), 1), name)


def _long_ones(secrets: Iterable[Secret]) -> Iterator[Secret]:
    """Of edits and of prose, two short lines may stand anywhere."""
    return (secret for secret in secrets if secret.length >= LONG)


def _marking(course: Course) -> Iterator[Secret]:
    for task in course.tasks:
        numbered = enumerate((task.marking or "").splitlines(), 1)
        secrets = Index(_long_ones(secret_lines(numbered, "")))
        for secret in secrets.without([Text(task.question or "")]):
            source = f"the marking scheme of {task.id}"
            yield Secret(secret.lines, secret.length, source)


def _hidden_names(hidden: Mapping[str, str], checks: Mapping[str, str]) -> dict[str, str]:
    public = {node.name for text in checks.values() for node in _functions(text)}
    names = {}
    for file, text in hidden.items():
        if Path(file).stem.startswith("test_"):
            names[Path(file).stem] = f"{file}:1"
        for node in _functions(text):
            if node.name not in public and node.name.startswith("test_"):
                names[node.name] = f"{file}:{node.lineno}"
    return names


def _functions(source: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
