"""One course's version of the package: without what none of its tasks needs, and with its names."""

import ast
from collections.abc import Mapping

from autograder.config import Course
from autograder.config.paths import Repository
from checkkit.runner.names import in_course_words

from .strip import StripError, close_gap, span

PACKAGE = "diffusion"


def selected(modules: Mapping[str, str], course: Course) -> dict[str, str]:
    """Modules (path below the package's parent -> source) without what the course leaves out.

    A function or class that only tasks of other courses ask for vanishes, unless something that
    stays refers to it.

    Raises:
        StripError: the course gives something a name that is taken.
    """
    gone = _unreferenced(modules, stubs_of_others(course))
    kept = {file: _without(source, file, gone) for file, source in modules.items()}
    for file, source in kept.items():
        _refuse_collisions(file, source, course)
    return {file: in_course_words(source, course.names) for file, source in kept.items()}


def stubs_of_others(course: Course) -> dict[tuple[str, str], str]:
    """(path, name) of each stub that only other courses have -> its task."""
    own = {(task.file, stub) for task in course.auto_tasks.values() for stub in task.stubs}
    return {
        (f"{PACKAGE}/{task.file}", stub): task.id
        for task in course.optional
        for stub in task.stubs
        if (task.file, stub) not in own
    }


def _unreferenced(
    modules: Mapping[str, str], candidates: Mapping[tuple[str, str], str]
) -> set[tuple[str, str]]:
    """The candidates that nothing else uses; an import alone is no use."""
    gone = set(candidates)
    while gone:
        used = {
            node.id
            for file, source in modules.items()
            for statement in ast.parse(source).body
            if (file, getattr(statement, "name", "")) not in gone
            for node in ast.walk(statement)
            if isinstance(node, ast.Name)
        }
        staying = {(file, name) for file, name in gone if name in used}
        if not staying:
            break
        gone -= staying
    return gone


def _without(source: str, file: str, gone: set[tuple[str, str]]) -> str:
    """A module without these names, and without their imports."""
    lines = source.splitlines()
    for statement in reversed(ast.parse(source).body):
        first, last = span(statement)
        if (file, getattr(statement, "name", "")) in gone:
            while last < len(lines) and lines[last].startswith(" "):  # the end marker of a region
                last += 1
            lines[first - 1 : last] = []
            close_gap(lines, first - 1)
        elif isinstance(statement, ast.ImportFrom) and statement.level:
            home = f"{PACKAGE}/{statement.module}.py"
            names = [alias for alias in statement.names if (home, alias.name) not in gone]
            if len(names) < len(statement.names):
                statement.names = names
                lines[first - 1 : last] = [ast.unparse(statement)] if names else []
    return "\n".join(lines) + "\n"


def _refuse_collisions(file: str, source: str, course: Course) -> None:
    theirs = {name: ours for ours, name in course.names.items()}
    for node in ast.walk(ast.parse(source)):
        name = getattr(node, "id", getattr(node, "name", None))  # a variable, or a definition
        if name in theirs and name != theirs[name].partition(".")[2]:
            problem = f"the course calls {theirs[name]} {name}, which is taken here; choose another"
            raise StripError(f"{Repository.solution}/{file}", getattr(node, "lineno", 1), problem)
