"""Which checks a change of the solution can reach: those that call a function that it changes.

Most known bugs and mutants change one function, and most checks never call it: they end as they do
on the solution. So the solution is judged once with a note of which check calls what, and every
changed copy of it only by the checks that its change can reach.
"""

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import Any, Self

from autograder.grading.intake import PACKAGE
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.result import Scope, SubmissionResult

from .known_bugs.apply import solution_files, write_files
from .known_bugs.judging import judge_package
from .known_bugs.resumable import ResumableRun

NAME = "solution"
IMPORT = "import"  # in the place of a check: the function is called when its module is imported
REST = ""  # in the place of a function: what a module holds beside its functions
ALWAYS = "__init__.py"  # whoever imports a module of the package runs it
Files = Mapping[str, str]


@dataclass(frozen=True)
class Reach:
    """The names of the checks that call each function, by file and qualified name.

    Without `calls` a change may reach every check.
    """

    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def observed(cls, forked: ResumableRun, scope: Scope, judge: Judge, time_limit: float) -> Self:
        """From a run of the checks on the solution; without calls if that did not end."""
        job = "calls of the solution", partial(_observe, solution_files(), scope, judge)
        calls = {}
        for result in forked.results([job], time_limit, lambda _: "known"):
            calls = json.loads(result.report or b"{}")
        return cls({name: frozenset(checks) for name, checks in calls.items()})

    def checks(self, before: Files, after: Files) -> frozenset[str] | None:
        """The names of the checks that can tell these files apart; None: perhaps all of them.

        A change beside the functions of a file can reach whoever calls a function of this file, or
        of one that imports it.
        """
        changed = set(_changed(before, after))
        called = [self.calls.get(f"{file} {name}", frozenset()) for file, name in changed]
        files = _with_importers({file for file, name in changed if name == REST}, before, after)
        if not self.calls or ALWAYS in files or any(IMPORT in checks for checks in called):
            return None
        called += [checks for name, checks in self.calls.items() if name.split()[0] in files]
        return frozenset().union(*called) - {IMPORT}

    def within(self, scope: Scope, before: Files, after: Files, always: Collection[str]) -> Scope:
        """The checks of a scope that can tell these files apart, and those of the tasks `always`.

        A check may look at a function without calling it, but only at one of its own task.
        """
        called = self.checks(before, after)
        if called is None:
            return scope
        kept = (c for c in scope.checks if c.name in called or c.task in always)
        return replace(scope, checks=tuple(kept))


def _observe(files: Files, scope: Scope, judge: Judge) -> bytes:
    calls = _Calls()
    sys.setprofile(calls.note)
    try:
        write = partial(write_files, files)
        judge_package(NAME, write, [scope], replace(judge, observer=calls))
    finally:
        sys.setprofile(None)
    return json.dumps({name: sorted(checks) for name, checks in calls.seen.items()}).encode()


@dataclass
class _Calls(Observer):
    """Notes each function of a package that is called, and the check that runs at that time."""

    current: str = IMPORT
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def check(self, graded: SubmissionResult, name: str) -> None:
        self.current = name

    def note(self, frame: FrameType, event: str, _: Any) -> None:
        """For `sys.setprofile`."""
        if event != "call" or not (file := _file_of(frame.f_code.co_filename)):
            return
        name = f"{file} {frame.f_code.co_qualname.partition('.<locals>')[0]}"
        if self.current not in self.seen[name]:
            self.seen[name].add(IMPORT if _at_import(frame) else self.current)


def _at_import(frame: FrameType | None) -> bool:
    """Whether a frame runs because a module of a package is imported."""
    while frame := frame.f_back if frame else None:
        code = frame.f_code
        if code.co_name == "<module>" and _file_of(code.co_filename):
            return True
    return False


@cache
def _file_of(path: str) -> str:
    """The name of a module of a package; empty for any other file."""
    return Path(path).name if Path(path).parent.name == PACKAGE else ""


def _changed(before: Files, after: Files) -> Iterator[tuple[str, str]]:
    """File and name of each function that differs; `REST` if anything else does."""
    for file in before.keys() | after.keys():
        if before.get(file) == after.get(file):
            continue
        old, new = _functions(before.get(file, "")), _functions(after.get(file, ""))
        for name in old.keys() | new.keys():
            if old.get(name) != new.get(name):
                yield file, name if name in old and name in new else REST


def _with_importers(files: set[str], *versions: Files) -> set[str]:
    """These files, and those that import one of them, directly or not, in any of the versions."""
    found, more = set(files), set(files)
    while more:
        modules = {file.removesuffix(".py") for file in more}
        importers = {
            file
            for version in versions
            for file, source in version.items()
            if modules & _imported(source)
        }
        more = importers - found
        found |= more
    return found


@cache
def _imported(source: str) -> frozenset[str]:
    """The modules of its own package that a source imports, wherever; none if it cannot be read."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return frozenset()
    found = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.level or node.module == PACKAGE):
            inside = node.module if node.level else None
            found |= {inside.split(".")[0]} if inside else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{PACKAGE}."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            parts = [alias.name.split(".") for alias in node.names]
            found |= {part[1] for part in parts if part[0] == PACKAGE and len(part) > 1}
    return frozenset(found)


@cache
def _functions(source: str) -> Mapping[str, str]:
    """What each function and method is, by qualified name; under `REST` all that is left.

    A source that Python cannot read is all rest.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return {REST: source}
    found: dict[str, str] = defaultdict(str)
    classes = [(f"{node.name}.", node) for node in tree.body if isinstance(node, ast.ClassDef)]
    for prefix, owner in [("", tree), *classes]:
        for place, node in enumerate(owner.body):
            if isinstance(node, ast.FunctionDef):
                found[prefix + node.name] += ast.dump(node)
                owner.body[place] = ast.Expr(ast.Constant(node.name))
    return {**found, REST: ast.dump(tree)}
