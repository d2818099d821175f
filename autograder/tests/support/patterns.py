"""Every regular expression that meets text of students, and texts that make slow ones visible.

    python -m autograder.tests.support.patterns

prints the slow ones. Each text may take `SECONDS` of processor time; then the kernel ends the
process that searches, for the engine itself does not stop for a signal.
"""

import ast
import importlib
import itertools
import math
import os
import pkgutil
import re
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from re import _parser  # type: ignore[attr-defined] # how a pattern was written
from types import ModuleType
from typing import Any, NamedTuple

from autograder.config.paths import REPOSITORY

PACKAGES = ("autograder.grading", "checkkit", "diffusion")
ONCE = {"match", "fullmatch", "search"}
EVERYWHERE = {"sub", "subn", "split", "findall", "finditer"}
LENGTH = 200_000  # characters; a quadratic pattern takes 20,000 million steps
SECONDS = 5
RUNS = (" ", "\n", "a", "0", '"', "'", "(", "[", "\\", "#", ".", "=")
BESIDE_WORDS = RUNS[:5]
MOST_WORDS = 4  # the longest of a pattern


class Used(NamedTuple):
    """A pattern, where it stands, and the methods that the code calls."""

    place: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]


def used_patterns(names: Iterable[str] = PACKAGES) -> list[Used]:
    """The compiled patterns of all modules, and those that stand in calls of `re`."""
    if str(REPOSITORY.solution) not in sys.path:
        sys.path.append(str(REPOSITORY.solution))
    modules = [module for name in names for module in _modules(name)]
    return [*dict.fromkeys(used for module in modules for used in _of(module))]


def _modules(name: str) -> Iterator[ModuleType]:
    package = importlib.import_module(name)
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def _of(module: ModuleType) -> Iterator[Used]:
    called: dict[str, set[str]] = defaultdict(set)
    if module.__file__ is None:
        return
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(ast.Name("re"), method), [ast.Constant(text), *_]) if (
                method in ONCE | EVERYWHERE
            ):
                flags = re.compile(text).flags | _flags(node)
                yield Used(module.__name__, re.compile(text, flags), frozenset({method}))
            case ast.Attribute(ast.Name(name), method) if method in ONCE | EVERYWHERE:
                called[name].add(method)
    for name, value in vars(module).items():
        inside = value.values() if isinstance(value, dict) else [value]
        for one in inside:
            if isinstance(one, re.Pattern):
                yield Used(module.__name__, one, frozenset(called[name] or {"search"}))


def _flags(call: ast.Call) -> int:
    words = {one.attr for one in ast.walk(call) if isinstance(one, ast.Attribute)}
    return sum(getattr(re, word) for word in words if word.isupper() and len(word) > 1)


def texts_for(pattern: re.Pattern[Any]) -> Iterator[str]:
    """Long runs of each kind of character, alone and mixed with what the pattern looks for."""
    for run, end in itertools.product(RUNS, ("", "\0", "'")):
        yield run * LENGTH + end
    words = {*_literals(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))} - {""}
    for word in sorted(words, key=lambda word: (-len(word), word))[:MOST_WORDS]:
        yield word * (LENGTH // len(word)) + "\0"
        for run in BESIDE_WORDS:
            yield word + run * LENGTH + "\0"
            part = word + run
            yield part * (LENGTH // len(part)) + "'"


def _literals(parsed: Any) -> Iterator[str]:
    """The words in a pattern: characters that follow each other."""
    word = ""
    for operator, argument in parsed:
        if str(operator) == "LITERAL":
            word += chr(argument)
            continue
        yield word
        word = ""
        for part in _parts(argument):
            yield from _literals(part)
    yield word


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for one in argument:
            yield from _parts(one)


def apply(used: Used, text: str) -> None:
    """What the code does with a text, to its end."""
    subject = text if isinstance(used.pattern.pattern, str) else text.encode()
    for method in sorted(used.methods & ONCE):
        getattr(used.pattern, method)(subject)
    if used.methods & EVERYWHERE:
        for _ in used.pattern.finditer(subject):
            pass


def slow(pieces: Iterable[Used]) -> list[str]:
    """Those for which some text takes more than linear time."""
    return [f"{used.place}: {used.pattern.pattern!r}" for used in pieces if not _fast(used)]


def _fast(used: Used) -> bool:
    """Whether a process of its own gets through all texts."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        for text in texts_for(used.pattern):
            spent = math.ceil(time.process_time())
            resource.setrlimit(resource.RLIMIT_CPU, (spent + SECONDS, resource.RLIM_INFINITY))
            apply(used, text)
        os._exit(0)
    finally:
        os._exit(1)


if __name__ == "__main__":
    given = [Used("given", re.compile(text), frozenset({"search"})) for text in sys.argv[1:]]
    for words in slow(given or used_patterns()):
        print(words)
