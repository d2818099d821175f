"""One course's version of the package: what its tasks need, under its names.

Students write the functions and classes that the tasks of the course name. Of the rest, only what
something uses that stays; it is given, with its solution if it has one. An import at the top of a
module that students read is such a use, if the solution of their stubs needs what it names: nets
are built from the blocks, whoever writes these.
"""

import ast
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from autograder.config import Course
from autograder.config.paths import Repository
from checkkit.runner.names import in_course_words

from .passages import asked, shown
from .strip import StripError, close_gap, find_regions, parsed, span, tree_of

PACKAGE = "diffusion"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def selected(solution: Mapping[str, str], course: Course, solved: bool) -> dict[str, str]:
    """The modules of the solution (path -> source) as the course has them, with its markers.

    Args:
        solution: all modules.
        course: with its profile.
        solved: whether stubs of the course keep their solution, and what only that uses stays.

    Raises:
        SourceError: a module is no Python or has faulty markers, or the course gives something a
            name that is taken.
    """
    names = asked(course)
    for file, source in solution.items():  # errors name the lines of the solution
        parsed(source, _in_solution(file))
        find_regions(source.splitlines(), _in_solution(file))
    texts = {
        file: text
        for file, source in solution.items()
        if (text := shown(source, _in_solution(file), names)) or not source
    }
    of_tasks = {f"{PACKAGE}/{task.file}" for task in course.known_tasks.values() if task.stubs}
    imported = {home for file, source in solution.items() for home, _ in _imports(source, file)}
    modules = {file: text for file, text in texts.items() if file in of_tasks}
    stubs = {file: _stubs(course, file) for file in modules}
    asking = {file: text for file, text in modules.items() if stubs[file]}
    needed = {home for file, text in asking.items() for home, _ in _imports(text, file)}
    given = {file: text for file, text in texts.items() if file not in of_tasks}
    given = _given_modules(given, imported, needed)
    for file, text in modules.items():
        _refuse_unclaimed(text, file, course)
    used = set().union(*map(_used, given.values()))
    used |= _imported_for(stubs, modules, _kept(modules, stubs, used, solved=True))
    whole = _kept(modules, stubs, used, solved=False)  # what is no stub of it is given
    kept = _kept(modules, stubs, used, solved=True) if solved else whole
    result = {}
    for file in sorted(given.keys() | {file for file, _ in kept}):
        text = texts[file]
        if file in modules:
            here = {name for home, name in kept if home == file}
            text = _without_definitions(text, {*_definitions(text)} - here)
            others = {name for home, name in whole if home == file} - stubs[file]
            text = _without_markers(text, others)
        text = _without_imports(text, file, set(texts) - given.keys(), kept)
        _refuse_collisions(text, file, course)
        result[file] = in_course_words(text, course.names)
    return result


def _stubs(course: Course, file: str) -> set[str]:
    """The names in a module that students of the course fill."""
    tasks = course.auto_tasks.values()
    return {stub for task in tasks if f"{PACKAGE}/{task.file}" == file for stub in task.stubs}


def _given_modules(
    modules: Mapping[str, str], imported: Collection[str], needed: Collection[str]
) -> dict[str, str]:
    """Of the modules without stubs, those of the package itself, and what these import.

    A module in a folder below also stays if no module of the solution imports it, or if a module
    with stubs of the course needs one of its folder.
    """
    folders = {str(PurePosixPath(file).parent) for file in needed if file in modules}
    imports = {file: {home for home, _ in _imports(text, file)} for file, text in modules.items()}
    waiting = [
        file
        for file in modules
        if file.count("/") == 1
        or (file not in imported and not file.endswith("/__init__.py"))
        or str(PurePosixPath(file).parent) in folders
    ]
    kept: set[str] = set()
    while waiting:
        file = waiting.pop()
        if file in modules and file not in kept:
            kept.add(file)
            waiting += [*imports[file], str(PurePosixPath(file).with_name("__init__.py"))]
    return {file: text for file, text in modules.items() if file in kept}


def _kept(
    modules: Mapping[str, str], stubs: Mapping[str, set[str]], used: set[str], solved: bool
) -> set[tuple[str, str]]:
    """(path, name) of what stays of the modules of tasks.

    The stubs of the course stay, what is given beside them, and what these and `used` refer to.
    """
    homes = [(file, name) for file, text in modules.items() for name in _definitions(text)]
    kept: set[tuple[str, str]] = set()
    waiting = [(file, name) for file, name in homes if name in used or name in stubs[file]]
    for file, text in modules.items():
        if stubs[file]:
            waiting += [(file, name) for name in _definitions(text) if not _regions(text, [name])]
    while waiting:
        place = file, name = waiting.pop()
        if place not in kept:
            kept.add(place)
            text = modules[file]
            left_out = [] if solved or name not in stubs[file] else _regions(text, [name])
            uses = _used(text, name, {n for begin, end in left_out for n in range(begin, end)})
            waiting += [home for home in homes if home[1] in uses]
    return kept


def _imported_for(
    stubs: Mapping[str, set[str]], modules: Mapping[str, str], solved: Collection[tuple[str, str]]
) -> set[str]:
    """Of what the solved modules of tasks need, the names that students see imported.

    Imports within a solution region are none that students see.
    """
    names = set()
    for file in (file for file, own in stubs.items() if own):
        text = modules[file]
        regions = [(region.begin, region.end) for region in find_regions(text.splitlines(), "")]
        for node in tree_of(text).body:
            seen = not any(_meets(region, span(node)) for region in regions)
            if isinstance(node, ast.ImportFrom) and node.level and seen:
                homes = [home for alias in node.names for home in _homes(node, alias.name, file)]
                names |= {name for home, name in homes if (home, name) in solved}
    return names


# ------------------------------------------------------------------------------- one module


def _definitions(text: str) -> dict[str, ast.stmt]:
    """The functions and classes at the top level."""
    return {node.name: node for node in tree_of(text).body if isinstance(node, Definition)}


def _used(text: str, name: str = "", hidden: Collection[int] = ()) -> set[str]:
    """What a module, or one definition of it, refers to, but for the hidden lines."""
    tree = _definitions(text)[name] if name else tree_of(text)
    return {
        getattr(node, "id", getattr(node, "attr", ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and node.lineno not in hidden
    }


def _regions(text: str, names: Collection[str]) -> list[tuple[int, int]]:
    """The lines of the markers of the regions in and around these definitions."""
    spans = [span(node) for name, node in _definitions(text).items() if name in names]
    return [
        (region.begin, region.end)
        for region in find_regions(text.splitlines(), "")
        if any(_meets((region.begin, region.end), lines) for lines in spans)
    ]


def _meets(region: tuple[int, int], lines: tuple[int, int]) -> bool:
    # An end marker after the last line belongs to it: a comment ends no function.
    return region[0] <= lines[1] and lines[0] <= region[1]


def _without_definitions(text: str, names: Collection[str]) -> str:
    """A module without these, and without the regions that are then empty."""
    lines = text.splitlines()
    regions = find_regions(lines, "")
    for node in reversed(tree_of(text).body):
        if isinstance(node, Definition) and node.name in names:
            first, last = span(node)
            # The end marker of a region in it is a comment, which ends no class.
            last = max([last, *(r.end for r in regions if first < r.begin <= last)])
            lines[first - 1 : last] = []
            close_gap(lines, first - 1)
    return _without_empty_regions(lines)


def _without_empty_regions(lines: list[str]) -> str:
    for region in reversed(find_regions(lines, "")):
        if not any(line.strip() for line in lines[region.begin : region.end - 1]):
            lines[region.begin - 1 : region.end] = []
            close_gap(lines, region.begin - 1)
    return "\n".join(lines) + "\n"


def _without_markers(text: str, given: Collection[str]) -> str:
    """A module in which these definitions, and the imports that they use, are given."""
    used = set().union(*(_used(text, name) for name in given)) if given else set()
    whole = _regions(text, given)
    for node in tree_of(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
            if bound & used:
                regions = [(r.begin, r.end) for r in find_regions(text.splitlines(), "")]
                whole += [region for region in regions if _meets(region, span(node))]
    markers = {line for region in whole for line in region}
    lines = enumerate(text.splitlines(), 1)
    return "\n".join(line for number, line in lines if number not in markers) + "\n"


@lru_cache(2048)
def _imports(text: str, file: str) -> tuple[tuple[str, str], ...]:
    """Path of the module and name, of everything that a module imports from the package."""
    return tuple(
        home
        for node in ast.walk(tree_of(text))
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
        for home in _homes(node, alias.name, file)
    )


def _homes(node: ast.ImportFrom, name: str, file: str) -> list[tuple[str, str]]:
    """Where an imported name may be from: a module of this name, or a name of a module."""
    folder = "/".join(PurePosixPath(file).parts[: -node.level])
    base = "/".join([folder, *(node.module or "").split(".")]).rstrip("/")
    return [(f"{base}/{name}.py", ""), (f"{base}.py", name), (f"{base}/__init__.py", name)]


def _without_imports(
    text: str, file: str, of_tasks: Collection[str], kept: Collection[tuple[str, str]]
) -> str:
    """A module without the imports of what has gone from modules of tasks."""
    lines, staying = text.splitlines(), {home for home, _ in kept}
    for node in sorted(ast.walk(tree_of(text)), key=lambda n: -getattr(n, "lineno", 0)):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        names = []
        for alias in node.names:
            homes = [home for home in _homes(node, alias.name, file) if home[0] in of_tasks]
            if all(h[0] in staying and (not h[1] or h in kept) for h in homes):
                names.append(alias)
        if len(names) < len(node.names):
            first, last = span(node)
            rest = ast.ImportFrom(node.module, names, node.level)
            lines[first - 1 : last] = [" " * node.col_offset + ast.unparse(rest)] if names else []
    return _without_empty_regions(lines)


def _refuse_unclaimed(text: str, file: str, course: Course) -> None:
    """Refuse a function or class with something to fill in that is the stub of no task."""
    tasks = course.known_tasks.values()
    known = {stub for task in tasks if f"{PACKAGE}/{task.file}" == file for stub in task.stubs}
    for name, node in _definitions(text).items():
        first, last = span(node)
        for begin, _ in _regions(text, [name]):
            if first < begin <= last and name not in known:
                problem = f"{name} is in the stubs of no task in grading.yaml; add it to one"
                raise StripError(_in_solution(file), begin, problem)


def _refuse_collisions(text: str, file: str, course: Course) -> None:
    theirs = {name: ours for ours, name in course.names.items()}
    for node in ast.walk(tree_of(text)):
        name = getattr(node, "id", getattr(node, "name", None))  # a variable, or a definition
        if name in theirs and name != theirs[name].partition(".")[2]:
            problem = f"the course calls {theirs[name]} {name}, which is taken here; choose another"
            raise StripError(_in_solution(file), getattr(node, "lineno", 1), problem)


def _in_solution(file: str) -> str:
    return f"{Repository.solution}/{file}"
