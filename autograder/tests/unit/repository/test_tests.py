"""Tests lie where what they test lies, and take what they share from `support`."""

import ast

import pytest

from autograder.config.paths import REPOSITORY, files_in

TESTS = REPOSITORY.own_tests
KINDS = ("unit", "integration", "slow")
FOLDERS = sorted({path.parent for kind in KINDS for path in (TESTS / kind).rglob("test_*.py")})
FILES = files_in(TESTS, ".py")


def has_package(place: str) -> bool:
    """Whether tests in this folder of a kind test a package that there is."""
    first = place.partition("/")[0]
    if place in ("repository", "solution"):
        return True
    packages = REPOSITORY.root if first == "checkkit" else REPOSITORY.autograder
    return (packages / place / "__init__.py").is_file()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(TESTS)))
def test_a_folder_of_tests_has_the_path_of_a_package(folder):
    kind = TESTS / folder.relative_to(TESTS).parts[0]
    place = "" if folder == kind else folder.relative_to(kind).as_posix()
    assert has_package(place), f"there is no package {place}; put its tests where the code went"


def test_a_path_that_no_package_has_is_known():
    assert has_package("grading/intake/notebook") and has_package("checkkit/spies")
    assert not has_package("grading/intake/notebooks") and not has_package("checkkit/spy")
    assert not has_package("repository/pages") and not has_package("nbgrader")


def test_every_test_lies_in_a_folder_of_a_kind():
    stray = [path for path in FILES if path.name.startswith("test_") and path.parent not in FOLDERS]
    assert not stray, f"tests lie below {', '.join(KINDS)}"


def imports_from_conftest(source: str) -> list[int]:
    """The lines on which something is imported from a conftest."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.ImportFrom) and "conftest" in (node.module or "").split("."))
        or (
            isinstance(node, ast.Import | ast.ImportFrom)
            and any("conftest" in name.name.split(".") for name in node.names)
        )
    ]


def test_nothing_is_imported_from_a_conftest():
    sources = {path: path.read_text(encoding="utf-8") for path in FILES}
    found = {
        str(path.relative_to(TESTS)): lines
        for path, source in sources.items()
        if "conftest" in source and (lines := imports_from_conftest(source))
    }
    assert not found, "put it into a module of support that says what it holds"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("from .conftest import made", [1]),
        ("from . import conftest", [1]),
        ("import autograder.tests.unit.conftest as shared", [1]),
        ("from autograder.tests.support.course import course", []),
    ],
)
def test_an_import_from_a_conftest_is_found_however_it_is_written(source, lines):
    assert imports_from_conftest(source) == lines
