"""What students must not receive, line by line: the solution, hidden checks, mutants, marking.

A line counts where it is long, two short ones where they follow each other, as in `leaks`; what the
starter or the public checks say anyway is no secret.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.authoring.leakcheck.leaks import (
    LONG,
    Secret,
    Text,
    secret_lines,
    secrets,
    secrets_of,
)
from autograder.config import Course
from autograder.config.paths import Repository, files_in
from autograder.course.starter import solved

GRAM = 16  # characters by which a long secret is looked up


@dataclass(frozen=True)
class Index:
    """Secrets by their first characters, so that a text is read once whatever their number."""

    long: Mapping[str, tuple[Secret, ...]]
    short: Mapping[tuple[str, ...], Secret]

    @classmethod
    def of(cls, found: Iterable[Secret]) -> "Index":
        long: dict[str, list[Secret]] = {}
        short = {}
        for secret in found:
            whole = "".join(secret.lines)
            if secret.length < LONG:
                short.setdefault(secret.lines, secret)
            elif len(whole) >= GRAM:
                long.setdefault(whole[:GRAM], []).append(secret)
        return cls({gram: tuple(group) for gram, group in long.items()}, short)

    def __iter__(self) -> Iterator[Secret]:
        for group in self.long.values():
            yield from group
        yield from self.short.values()

    def found_in(self, text: Text) -> Iterator[tuple[int, Secret]]:
        """Line and secret of everything that the text gives away."""
        for view in text.views:
            joined = view.joined
            for at in range(len(joined) - GRAM + 1):
                for secret in self.long.get(joined[at : at + GRAM], ()):
                    if joined.startswith("".join(secret.lines), at):
                        yield view.line_at(at), secret
            for lines in self.short.keys() & view.pairs.keys():
                yield view.pairs[lines], self.short[lines]

    def without(self, texts: Iterable[Text]) -> "Index":
        """The secrets that none of these texts holds."""
        told = {id(secret) for text in texts for _, secret in self.found_in(text)}
        return Index.of(secret for secret in self if id(secret) not in told)


@dataclass(frozen=True)
class Secrets:
    """Everything that the search looks for, by kind.

    `names` are the functions and files of hidden checks: {"test_hidden_unets": "autograder/..."}.
    """

    solution: Index
    hidden: Index
    mutants: Index
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
    checks = [*files_in(repository.checkkit, ".py"), *files_in(repository.checks, ".py")]
    given = [Text(text) for text in starter.values()]
    public = [*given, *(Text(path.read_text(encoding="utf-8")) for path in checks)]
    hidden = files_in(repository.hidden, ".py")
    solution = files_in(repository.solution, ".py")
    right = [Text(path.read_text(encoding="utf-8")) for path in solution]
    folders = repository.wrong, repository.right, repository.hostile, repository.attacks
    wrong = [path for folder in folders for path in files_in(folder, ".py", ".yaml")]
    return Secrets(
        solution=Index.of([*secrets(root), *secrets_of(solved(root, course))]).without(given),
        hidden=Index.of(_of_files(root, hidden)).without(public),
        mutants=Index.of(_long_ones(_of_files(root, wrong))).without([*public, *right]),
        marking=Index.of(_marking(course)),
        names=dict(_names(root, hidden, checks)),
    )


def _of_files(root: Path, paths: Iterable[Path]) -> Iterator[Secret]:
    for path in paths:
        lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        yield from secret_lines(lines, path.relative_to(root).as_posix())


def _long_ones(found: Iterable[Secret]) -> Iterator[Secret]:
    """Mutants are edits: two short lines of them may stand anywhere."""
    return (secret for secret in found if secret.length >= LONG)


def _marking(course: Course) -> Iterator[Secret]:
    for task in course.tasks:
        asked = Text(task.question or "")
        lines = enumerate((task.marking or "").splitlines(), 1)
        for secret in _long_ones(secret_lines(lines, "")):
            if asked.line_of(secret) is None:
                yield replace(secret, source=f"the marking scheme of {task.id}")


def _names(root: Path, hidden: list[Path], checks: list[Path]) -> Iterator[tuple[str, str]]:
    public = {name for path in checks for name, _ in _functions(path)}
    for path in hidden:
        file = path.relative_to(root).as_posix()
        if path.stem.startswith("test_"):
            yield path.stem, f"{file}:1"
        for name, line in _functions(path):
            if name not in public and name.startswith("test_"):
                yield name, f"{file}:{line}"


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno
