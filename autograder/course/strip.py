"""The stripper: a module of the solution becomes the module that students start from.

    ### BEGIN SOLUTION
    ...
    ### END SOLUTION

A region inside a function becomes one `raise NotImplementedError(...)` that names part, task and
file; a region at module or class level (an import, whole helpers) vanishes. Anything doubtful is
an error with file and line, and nothing is written: no half statements, no odd indentation, no
nesting.
"""

import ast
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

MARKER = re.compile(r"(?P<indent> *)### (?P<word>BEGIN|END) SOLUTION")
LOOKS_LIKE_MARKER = re.compile(r"\b(BEGIN|END)[\s_-]*SOLUTION", re.IGNORECASE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class SourceError(Exception):
    """A file of the repository is faulty; the message starts with file and line."""

    def __init__(self, file: str, line: int, problem: str):
        self.file, self.line, self.problem = file, line, problem
        super().__init__(f"{file}:{line}: {problem}")


class StripError(SourceError):
    """The solution cannot be stripped."""


@dataclass(frozen=True)
class Stub:
    """Who pays for a top-level function or class that students fill: "Part 2", "schedule"."""

    part: str
    task: str

    def __str__(self) -> str:
        return f"{self.part} (task {self.task})"


@dataclass(frozen=True)
class Region:
    """Lines between two markers, 1-based and without them, and the function that it lies in."""

    begin: int  # line of the BEGIN marker
    end: int  # line of the END marker
    indent: str
    owner: tuple[str, ...] = ()  # names from the top level down: ("Conv", "forward")
    in_function: bool = False


def strip(source: str, file: str, stubs: Mapping[str, Stub]) -> str:
    """The starter's version of a module of the solution.

    Args:
        source: the module, with its markers.
        file: its path as messages should name it, "diffusion/ddpm.py".
        stubs: for each top-level function or class that holds a region, its part and task.

    Raises:
        StripError: markers that do not pair, a region that is no run of whole statements, a region
            in a function that belongs to no task, a stub without a region, or a result that is no
            Python.
    """
    lines = source.splitlines()
    tree = parsed(source, file)
    regions = [_placed(region, tree, lines, file) for region in find_regions(lines, file)]
    for idle in sorted(set(stubs) - {region.owner[0] for region in regions if region.in_function}):
        lines_of = {getattr(node, "name", ""): node.lineno for node in tree.body}
        if idle not in lines_of:
            close = difflib.get_close_matches(idle, lines_of, n=1)
            hint = f"did you mean {close[0]}?" if close else "correct the name"
            problem = f"stubs of grading.yaml has {idle}, which this file does not define; {hint}"
            raise StripError(file, 1, problem)
        problem = f"{idle} is a stub of grading.yaml and has no region; add ### BEGIN SOLUTION"
        raise StripError(file, lines_of[idle], f"{problem} and ### END SOLUTION around the answer")
    starter = list(lines)
    for region in reversed(regions):
        if region.in_function:
            starter[region.begin - 1 : region.end] = [_raise(region, regions, file, stubs)]
        else:
            starter[region.begin - 1 : region.end] = []
            close_gap(starter, region.begin - 1)
    result = "\n".join(starter) + "\n"
    parsed(result, f"{file} (stripped)")
    return result


def find_regions(lines: list[str], file: str) -> list[Region]:
    """The regions of a module, in order.

    Raises:
        StripError: a nested, unclosed, unmatched or misspelt marker.
    """
    regions, opened = [], None
    for number, line in enumerate(lines, start=1):
        marker = MARKER.fullmatch(line)
        if marker is None:
            if LOOKS_LIKE_MARKER.search(line):
                raise StripError(file, number, "a marker is a line of its own: ### BEGIN SOLUTION")
        elif marker["word"] == "BEGIN":
            if opened:
                problem = f"a region opens inside that of line {opened[0]}"
                raise StripError(file, number, f"{problem}; add ### END SOLUTION between the two")
            opened = (number, marker["indent"])
        elif not opened:
            raise StripError(file, number, "### END SOLUTION without its ### BEGIN SOLUTION")
        else:
            begin, indent = opened
            if marker["indent"] != indent:
                raise StripError(file, number, f"indented otherwise than its BEGIN, line {begin}")
            regions.append(Region(begin, number, indent))
            opened = None
    if opened:
        problem = "### BEGIN SOLUTION without its ### END SOLUTION"
        raise StripError(file, opened[0], f"{problem}; add it below the answer, indented alike")
    return regions


def _placed(region: Region, tree: ast.Module, lines: list[str], file: str) -> Region:
    """The region with its owner, once it is known to hold whole statements of one body."""
    inside: list[ast.stmt] = []
    owner: list[str] = []
    in_function = False
    for node in ast.walk(tree):  # outer statements come before inner ones
        if isinstance(node, ast.stmt):
            first, last = span(node)
            if region.begin < first and last < region.end:
                inside.append(node)
            elif first < region.begin < last and isinstance(node, Function | ast.ClassDef):
                owner.append(node.name)
                in_function = isinstance(node, Function)
    covered = {n for node in inside for n in range(span(node)[0], span(node)[1] + 1)}
    code = {
        number
        for number in range(region.begin + 1, region.end)
        if (text := lines[number - 1].strip()) and not text.startswith("#")
    }
    columns = [node.col_offset for node in sorted(inside, key=span)]
    # An else: or a decorator belongs to no statement inside; several bodies differ in indentation.
    if not inside or code - covered or columns[0] != min(columns):
        raise StripError(file, region.begin, "this region holds no run of whole statements")
    if columns[0] != len(region.indent):
        raise StripError(file, region.begin, "the markers are indented otherwise than the code")
    return Region(region.begin, region.end, region.indent, tuple(owner), in_function)


def span(statement: ast.stmt) -> tuple[int, int]:
    """The first line of a statement, decorators included, and the last one."""
    assert statement.end_lineno is not None  # it was parsed
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)]), statement.end_lineno


def _raise(region: Region, regions: list[Region], file: str, stubs: Mapping[str, Stub]) -> str:
    stub = stubs.get(region.owner[0])
    if stub is None:
        raise StripError(
            file,
            region.begin,
            f"{region.owner[0]} is in the stubs of no task in grading.yaml; add it to one",
        )
    name = ".".join(region.owner)
    blanks = [other for other in regions if other.owner == region.owner]
    if len(blanks) > 1:
        name = f"blank {blanks.index(region) + 1} of {len(blanks)} of {name}"
    message = f"{stub}: fill in {name} in {file}"
    return f'{region.indent}raise NotImplementedError("{message}")'


def close_gap(lines: list[str], at: int) -> None:
    """Where something vanished, leave the larger of the two runs of blank lines around it."""
    before = after = 0
    while before < at and not lines[at - before - 1].strip():
        before += 1
    while at + after < len(lines) and not lines[at + after].strip():
        after += 1
    at_edge = at == before or at + after == len(lines)
    lines[at - before : at + after] = [""] * (0 if at_edge else max(before, after))


def parsed(source: str, file: str) -> ast.Module:
    """The syntax tree of a module.

    Raises:
        StripError: Python cannot read it.
    """
    try:
        return tree_of(source)
    except SyntaxError as error:
        raise StripError(file, error.lineno or 1, f"not Python: {error.msg}") from error


@lru_cache(2048)  # courses share most of their modules
def tree_of(source: str) -> ast.Module:
    """The syntax tree of a text, which nobody may change."""
    return ast.parse(source)
