"""The checks of one course, and the modules of the library that these use."""

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from autograder.config import Course
from autograder.config.paths import Repository
from autograder.course.passages import asked, shown
from autograder.course.strip import close_gap, span
from checkkit.runner.session import is_named

# What no check imports: pytest's plugin, `check` in a notebook, and what `submit.py` uses.
ENTRIES = tuple(p.name for p in (Repository.plugin, Repository.notebook_checks, Repository.cells))


def checks_of(course: Course, files: Mapping[str, str]) -> dict[str, str]:
    """The Python files of the checks and of their library, by path, as a course has them.

    A check of a task that the course does not ask is gone, a file without checks too, and modules
    of the library that nothing uses.

    Args:
        course: with its profile.
        files: path -> source of all of them.

    Raises:
        SourceError: a passage does not end.
    """
    names = asked(course)
    texts = {file: shown(text, file, names) for file, text in files.items()}
    folder = f"{Repository.checks}/"
    checks = {
        file: _course_checks(text, file, course)
        for file, text in texts.items()
        if file.startswith(folder)
    }
    kept = {f: text for f, text in checks.items() if text or PurePosixPath(f).name == "__init__.py"}
    library = {file: text for file, text in texts.items() if file not in checks}
    entries = [file for file in library if file.startswith(ENTRIES)]
    used = _closure({**library, **kept}, [*kept, *entries])
    return kept | {file: library[file] for file in sorted(used & library.keys())}


def _course_checks(text: str, file: str, course: Course) -> str:
    """A file of checks without those that the course does not ask; "" if none is left."""
    tree = ast.parse(text)
    of_file = [task for node in tree.body if _assigns(node, "pytestmark") for task in _tasks(node)]
    gone, left = [], 0
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            tasks = [task for decorator in node.decorator_list for task in _tasks(decorator)]
            if _is_asked(f"{PurePosixPath(file).stem}::{node.name}", tasks or of_file, course):
                left += 1
            else:
                gone.append(node)
    if not left:
        return ""
    return _without_unused(_without(text, gone)) if gone else text


def _is_asked(check: str, tasks: Collection[str], course: Course) -> bool:
    """Whether the course has one of these tasks, and this check of it; marks may be elsewhere."""
    enabled = course.enabled_tasks
    return not tasks or any(t in enabled and not is_named(check, enabled[t]) for t in tasks)


def _tasks(node: ast.AST) -> Iterator[str]:
    """The names in `pytest.mark.task("...")`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and ast.unparse(part.func) == "pytest.mark.task":
            yield from (str(a.value) for a in part.args if isinstance(a, ast.Constant))


def _assigns(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name


def _without_unused(text: str) -> str:
    """A module without the definitions, constants and imports that nothing in it uses."""
    idle: list[ast.stmt] | None = None
    while idle is None or idle:
        tree = ast.parse(text)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        used |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}  # fixtures
        idle = [
            node
            for node in tree.body
            if (names := _binds(node))
            and not names & used
            and not any(name.startswith(("test_", "pytest")) for name in names)
        ]
        text = _without(text, idle)
    return text


def _binds(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Import() | ast.ImportFrom():
            return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        case ast.Assign():
            stored = (n for target in node.targets for n in ast.walk(target))
            return {n.id for n in stored if isinstance(n, ast.Name)}
    return set()


def _without(text: str, nodes: Collection[ast.stmt]) -> str:
    lines = text.splitlines()
    for node in sorted(nodes, key=span, reverse=True):
        first, last = span(node)
        lines[first - 1 : last] = []
        close_gap(lines, first - 1)
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------ what is used


def _closure(files: Mapping[str, str], start: Collection[str]) -> set[str]:
    """These files and those that they import, the packages around them included."""
    found, waiting = set(), list(start)
    while waiting:
        file = waiting.pop()
        if file in files and file not in found:
            found.add(file)
            waiting += _imported(files[file], file)
            waiting += [f"{folder}/__init__.py" for folder in PurePosixPath(file).parents]
    return found


def _imported(text: str, file: str) -> Iterator[str]:
    """Files that a module may import: each name may be a module of its own."""
    for node in ast.walk(ast.parse(text)):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = PurePosixPath(file).parts[: -node.level] if node.level else ()
            home = ".".join([*above, *filter(None, [node.module])])
            modules = [home, *(f"{home}.{alias.name}" for alias in node.names)]
        for module in modules:
            path = module.replace(".", "/")
            yield from (f"{path}.py", f"{path}/__init__.py")
