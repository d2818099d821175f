"""A folder that was renamed is an error for whoever searches, hashes or packs it; never less."""

import os
import re
import shutil
from pathlib import Path, PurePath

import nbformat
import pytest

from autograder.authoring.leakcheck.leaks import leak_findings
from autograder.authoring.leakcheck.secrets import all_secrets
from autograder.authoring.release.gradescope import autograder_zip_files
from autograder.authoring.release.student import student_files
from autograder.config import load_course
from autograder.config.paths import (
    NAMED_IN,
    REPOSITORY,
    Folder,
    MissingPath,
    Repository,
    Written,
    files_in,
)
from autograder.course.starter import committed_starter, started_from
from autograder.grading.batch.keys import (
    grader_version,
    judging_files,
    review_files,
    review_version,
)
from autograder.grading.sandbox.payload import files_of

COURSE = load_course()
NOTEBOOK = nbformat.writes(nbformat.v4.new_notebook()).encode()
PATHS = {name: path for name, path in Repository.named().items() if not isinstance(path, Written)}

LEAKS = ("solution", "starter", "checkkit", "checks")
SECRETS = (
    "solution",
    "solution_package",
    "checkkit",
    "checks",
    "hidden",
    "wrong",
    "right",
    "hostile",
)
KEY = ("checks", "checkkit", "runner", "spies", "starter_package", "hidden", "judge", "sandbox")
KEY += (
    "wire",
    "worker",
    "source_reader",
    "source_reading",
    "notebook_reader",
    "cells",
    "notebook_checks",
    "local_report",
)
KEY += ("report_figures", "report_package", "report_page", "report_sketch", "report_status")
PAYLOAD = ("checkkit_init", "runner", "spies", "cells", "wire", "worker", "source_review")
BUNDLE = ("solution_package", "starter", "starter_conftest", "starter_figures", "starter_pytest")
BUNDLE += ("handout", "checkkit", "checks", "report_templates", "digits", "classifier")
BUNDLE += ("student_given", "bundle_readme", "project", "student_lock", "notebook_lock")
ZIP = ("platform", "solution_package", "hidden", "profiles", "checks", "checkkit", "runner")
ZIP += ("spies", "wire", "worker", "source_review", "judge", "sandbox", "cells")
ZIP += ("grading", "project", "lock")
USERS = {
    "leak search": (lambda one: list(leak_findings(one.root, {})), LEAKS),
    "secrets of artefacts": (lambda one: all_secrets(one.root, COURSE, {}), (*SECRETS, "attacks")),
    "journal's key": (grader_version, KEY),
    "key of the review": (review_version, ("review", "source_review")),
    "payload": (files_of, PAYLOAD),
    "student bundle": (lambda one: student_files(one.root, COURSE, NOTEBOOK), BUNDLE),
    "Gradescope zip": (lambda one: autograder_zip_files(COURSE, one), ZIP),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The folders and files that are named, as links, in folders of their own."""
    root = tmp_path_factory.mktemp("repository")
    ignored = shutil.ignore_patterns("__pycache__")
    for top in sorted({PurePath(path.name).parts[0] for path in PATHS.values()}):
        source = REPOSITORY.at(top)
        if source.is_dir():
            shutil.copytree(source, root / top, ignore=ignored, copy_function=os.symlink)
        else:
            (root / top).symlink_to(source)
    return Repository(root)


@pytest.fixture
def without(copy, tmp_path):
    """Takes a path away; what it left behind is put back afterwards."""
    taken = []

    def take(attribute: str, leave_byte_code: bool = False) -> Path:
        grader_version.cache_clear()
        review_version.cache_clear()
        committed_starter.cache_clear()
        path = copy.at(PATHS[attribute].name)
        shutil.move(path, tmp_path / "elsewhere")
        taken.append(path)
        if leave_byte_code:
            (path / "__pycache__").mkdir(parents=True)
            (path / "__pycache__" / "x.py").touch()
        return path

    yield take
    for path in taken:
        if path.is_dir():
            shutil.rmtree(path)
        shutil.move(tmp_path / "elsewhere", path)


CASES = [(user, attribute) for user, (_, needed) in USERS.items() for attribute in needed]


@pytest.mark.parametrize(("user", "attribute"), CASES)
def test_what_is_missing_stops_whoever_needs_it(copy, without, user, attribute):
    path = without(attribute)
    with pytest.raises(MissingPath, match=re.escape(NAMED_IN)) as raised:
        USERS[user][0](copy)
    assert raised.value.path.is_relative_to(path) or path.is_relative_to(raised.value.path)


@pytest.mark.parametrize(
    ("user", "attribute"), [case for case in CASES if isinstance(PATHS[case[1]], Folder)]
)
def test_a_folder_with_nothing_but_byte_code_stops_them_too(copy, without, user, attribute):
    without(attribute, leave_byte_code=True)
    with pytest.raises(MissingPath):
        USERS[user][0](copy)


@pytest.mark.parametrize("user", USERS)
def test_nothing_stops_them_where_nothing_is_missing(copy, user):
    assert USERS[user][0](copy) is not None


def test_a_copy_has_the_key_the_payload_and_the_zip_of_the_repository(copy):
    assert grader_version(copy) == grader_version()
    for files in (judging_files, review_files):
        below = [path.relative_to(copy.root) for path in files(copy)]
        assert below == [path.relative_to(REPOSITORY.root) for path in files(REPOSITORY)]
    assert sorted(files_of(copy).values()) == sorted(files_of(REPOSITORY).values())
    assert autograder_zip_files(COURSE, copy) == autograder_zip_files(COURSE)


@pytest.mark.parametrize("attribute", PATHS)
def test_the_lint_names_each_path_that_is_missing(copy, without, attribute):
    without(attribute)
    problems = [str(problem) for problem in copy.missing()]
    assert any(f"{PATHS[attribute].name} " in problem for problem in problems)
    assert all(NAMED_IN in problem for problem in problems)


def test_nothing_that_is_named_is_missing_here():
    assert list(REPOSITORY.missing()) == []


def test_a_profile_starts_from_the_committed_starter_only_where_the_zip_is_unpacked(copy, without):
    course = load_course(profile="cornell_5b")
    without("solution")
    with pytest.raises(MissingPath, match="solution"):
        started_from(course, copy)
    for name in ("run_autograder", "setup.sh"):
        (copy.root / name).touch()
    try:
        assert "diffusion/ddpm.py" in started_from(course, copy)
    finally:
        for name in ("run_autograder", "setup.sh"):
            (copy.root / name).unlink()


def test_the_files_of_a_folder_come_in_order_without_byte_code(tmp_path):
    for name in ("b.py", "a/c.py", "a/__pycache__/c.py", "d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert files_in(tmp_path, ".py") == [tmp_path / "a/c.py", tmp_path / "b.py"]
    with pytest.raises(MissingPath, match=r"holds no \.yaml file"):
        files_in(tmp_path, ".yaml")


def test_what_a_command_writes_need_not_be_there(tmp_path):
    assert Repository(tmp_path).build == tmp_path / "build"
