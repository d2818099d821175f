"""CONTRIBUTING.md, CHANGELOG.md and the workflows say what is true of this repository."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.config.paths import REPOSITORY

CONTRIBUTING = REPOSITORY.at("CONTRIBUTING.md").read_text()
WORKFLOWS = sorted(REPOSITORY.at(".github/workflows").glob("*.yml"))
PROJECT = tomllib.loads(REPOSITORY.project.read_text())["project"]


def targets() -> set[str]:
    """Every target of the Makefile."""
    return set(re.findall(r"^([a-z][\w-]*):", REPOSITORY.at("Makefile").read_text(), re.MULTILINE))


def workflow(path: Path) -> dict:
    return yaml.load(path.read_text(), yaml.BaseLoader)  # which leaves the key "on" a string


def steps(path: Path) -> Iterator[dict]:
    for job in workflow(path)["jobs"].values():
        yield from job["steps"]


# ------------------------------------------------------------------------------- CONTRIBUTING.md


def test_the_first_screen_shows_the_command_for_one_test_and_its_test_exists():
    screen = "\n".join(CONTRIBUTING.splitlines()[:40])
    (node,) = re.findall(r"^pytest (\S+::\S+)$", screen, re.MULTILINE)
    file, _, name = node.partition("::")
    tree = ast.parse(REPOSITORY.at(file).read_text())
    defined = [item.name for item in tree.body if isinstance(item, ast.FunctionDef)]
    assert defined.count(name) == 1
    assert f"{file} ." in screen  # the output beside it is that of the same file


def test_every_make_target_that_contributing_names_exists():
    named = set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", CONTRIBUTING, re.MULTILINE))
    assert {"setup", "test", "lint", "matrix"} <= named
    assert named <= targets()


def test_every_folder_that_contributing_lists_exists():
    table = CONTRIBUTING.partition("## Where things are")[2].partition("## Change something")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) > 5
    for row in rows:
        first, *others = re.findall(r"`([^`]+)`", row)
        for name in (first, *others):
            inside = REPOSITORY.at(first) / name  # a row names what is in its folder
            assert REPOSITORY.at(name).exists() or inside.exists(), name


# ---------------------------------------------------------------------------------- CHANGELOG.md


def test_the_changelog_begins_with_unreleased_and_then_the_version_of_pyproject():
    text = REPOSITORY.at("CHANGELOG.md").read_text()
    headings = re.findall(r"^## (\S+)(?: - \d{4}-\d\d-\d\d)?$", text, re.MULTILINE)
    assert headings[:2] == ["Unreleased", PROJECT["version"]]
    assert len(headings) == len(set(headings)) == text.count("\n## ")


# ------------------------------------------------------------------------------------- workflows


def test_there_is_a_workflow_for_every_push_and_one_for_every_night():
    begin = {path.stem: set(workflow(path)["on"]) for path in WORKFLOWS}
    assert "push" in begin["tests"]
    assert "schedule" in begin["nightly"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_the_repository(path):
    assert workflow(path)["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow(path)["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_pins_the_major_version_of_every_action(path):
    actions = [step["uses"] for step in steps(path) if "uses" in step]
    assert actions
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in actions)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_only_make_targets_that_exist(path):
    commands = [step["run"] for step in steps(path) if "run" in step]
    called = {name for command in commands for name in re.findall(r"\bmake ([\w-]+)", command)}
    assert called
    assert called <= targets()


# ---------------------------------------------------------------------------------- what is pinned


def test_requirements_lock_pins_what_pyproject_asks_for():
    lines = REPOSITORY.lock.read_text().splitlines()
    pins: dict[str, list[str]] = {}
    for pin in map(Requirement, lines):
        (specifier,) = pin.specifier
        assert specifier.operator == "==", pin
        pins.setdefault(canonicalize_name(pin.name), []).append(specifier.version)
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *extras["staff"], *extras["dev"], *extras["tensorboard"]]
    for wanted in map(Requirement, asked):
        versions = pins.get(canonicalize_name(wanted.name), [])
        assert versions, f"{wanted} is missing: run make lock"
        assert all(wanted.specifier.contains(version) for version in versions), wanted


# ----------------------------------------------------------------------------------- bare pytest


def test_without_options_the_checks_judge_the_solution(pytestconfig):
    parser = pytest.Parser(_ispytest=True)
    pytestconfig.pluginmanager.getplugin(str(REPOSITORY.conftest)).pytest_addoption(parser)
    assert parser.parse([]).impl == "solution"
    assert pytestconfig.getini("testpaths") == ["tests", "autograder/hidden", "autograder/tests"]
