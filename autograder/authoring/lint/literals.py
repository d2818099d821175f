"""Path literals: only `autograder/config/paths.py` may contain paths of the repository.

Three kinds are findings: going up from `__file__`; a string that is a path in `paths.py`, or is
above or below one; and `root / ...`, whatever follows the slash. Strings are compared with the
names in `paths.py`, not with the existing files, so that a rename hides nothing. A string with
spaces is prose.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from autograder.authoring.findings import Finding
from autograder.config.paths import NAMED_IN, Folder, Repository, Written, files_in

# Programs that run where there is no repository: students get them, or they run in the sandbox.
ELSEWHERE = (
    *(Repository.student_given, Repository.nbgrader_given, Repository.right, Repository.hostile),
    *(Repository.wire, Repository.worker, Repository.source_review),
)
# Modules whose `root` is that of a file system.
OTHER_ROOTS = ("container.py", "groups.py", "image.py", "cgroup.py")
ROOTS = ("root", "_root", "ROOT", "REPOSITORY")
PATH = re.compile(r"[\w.-]+(/[\w.*-]+)*/?")
IN_TESTS = re.compile(r"__file__|(ROOT|root)\)*\s*/|REPOSITORY\)*\s*/")
NAMES = {path.name for path in Repository.named().values() if not isinstance(path, Written)}
FOLDERS = {path.name for path in Repository.named().values() if isinstance(path, Folder)}
LEADING = {str(parent) for name in NAMES for parent in PurePosixPath(name).parents} - {"."}
WINGS = {folder for folder in LEADING if re.fullmatch(rf"{Repository.autograder}(/\w+)?", folder)}
ADVICE = f"name it in {NAMED_IN} and take it from there"


def literal_findings(root: Path) -> Iterator[Finding]:
    """Every path of the repository that is written down in the autograder."""
    repository = Repository(root)
    autograder, tests = repository.autograder, repository.own_tests
    for path in [*files_in(autograder, ".py"), repository.conftest]:
        file = path.relative_to(root).as_posix()
        if file == NAMED_IN or file.startswith(tuple(f"{folder}/" for folder in ELSEWHERE)):
            continue
        of_tests, source = path.is_relative_to(tests), path.read_text(encoding="utf-8")
        if of_tests and not IN_TESTS.search(source):  # parsing them all takes a second
            continue
        found = paths_written(source, of_tests, path.name in OTHER_ROOTS)
        yield from (Finding(file, line, problem) for line, problem in found)


@cache
def paths_written(
    source: str, of_tests: bool = False, other_root: bool = False
) -> tuple[tuple[int, str], ...]:
    """Line and problem of each path of the repository in a module, in their order.

    Args:
        of_tests: whether it is a test, which may name what lies in copies that it makes.
        other_root: whether `root` is another than that of the repository.
    """
    return tuple(sorted(set(_paths_written(source, of_tests, other_root))))


def _paths_written(source: str, of_tests: bool, other_root: bool) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and _goes_up(node, above):
            yield node.lineno, f"reaches the repository by __file__: {ADVICE}"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            if _from_root(node, of_tests) and not other_root:
                yield node.lineno, f"{ast.unparse(node)} is a path of the repository: {ADVICE}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not of_tests:
            documents = isinstance(above[node], ast.Expr)
            if not documents and (_names_a_path(node.value) or _alone_in_path(node, above)):
                yield node.lineno, f"{node.value!r} is a path of the repository: {ADVICE}"


def _goes_up(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """`__file__`, unless for a file beside it or as an argument of a program."""
    if isinstance(node, ast.Attribute) and node.attr == "__file__":
        return ast.unparse(node).partition(".")[0] in ("autograder", "checkkit", "tests")
    if not (isinstance(node, ast.Name) and node.id == "__file__"):
        return False
    around = above[node]
    beside = above.get(around)
    alone = isinstance(beside, ast.Attribute) and beside.attr == "with_name"
    return not (alone or isinstance(around, ast.List))


def _from_root(division: ast.BinOp, of_tests: bool) -> bool:
    """Whether a path begins at the root: `root / ...`, `self.root / ...`."""
    start = ast.unparse(division.left)
    if not of_tests:
        return start.rpartition(".")[2] in ROOTS
    written = isinstance(division.right, ast.Constant | ast.JoinedStr)
    return written and start in ("ROOT", "REPOSITORY", "REPOSITORY.root")


def _names_a_path(text: str) -> bool:
    """Whether a text with a slash is a path that is named, below such a folder or above one."""
    if "/" not in text or not PATH.fullmatch(text):
        return False
    plain = text.rstrip("/")
    for start in ("", *WINGS):
        name = f"{start}/{plain}".lstrip("/")
        inside = {str(path) for path in PurePosixPath(name).parents if len(str(path)) > len(start)}
        if name in NAMES | LEADING or inside & (FOLDERS - {Repository.autograder.name}):
            return True
    return plain.startswith(f"{Repository.autograder}/")


def _alone_in_path(node: ast.Constant, above: dict[ast.AST, ast.AST]) -> bool:
    """A single name in `Path("tests")`, `root.joinpath("tests")` or `REPOSITORY.at("tests")`."""
    call = above[node]
    if not (isinstance(call, ast.Call) and node in call.args[:1] and node.value in NAMES | LEADING):
        return False
    start, _, method = ast.unparse(call.func).rpartition(".")
    from_root = start.rpartition(".")[2] in ROOTS
    return method in ("Path", "PurePath", "at") or (method == "joinpath" and from_root)
