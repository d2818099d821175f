"""What the stripper leaves of the real solution."""

import ast
import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY, Repository
from autograder.course.starter import committed_starter, generated, solved, stubs_by_file
from autograder.course.strip import find_regions

ROOT = REPOSITORY.root


@pytest.fixture(scope="module")
def starter():
    return generated(ROOT, load_course())


def test_no_marker_is_left_and_every_module_parses(starter):
    assert set(starter) >= {f"diffusion/{m}.py" for m in ("blocks", "unet", "ddpm", "cfg", "data")}
    for text in starter.values():
        assert "SOLUTION" not in text
        ast.parse(text)


def test_the_committed_starter_is_what_the_solution_generates(starter):
    assert {name: text.encode() for name, text in starter.items()} == committed_starter()


def test_the_solution_never_stands_in_for_a_stub_that_is_missing(tmp_path):
    for folder in (Repository.solution, Repository.starter):
        shutil.copytree(ROOT / folder.name, tmp_path / folder.name)
    shutil.copy(REPOSITORY.grading, tmp_path)
    (tmp_path / "starter/diffusion/cfg.py").unlink()
    assert set(committed_starter()) - set(committed_starter(Repository(tmp_path))) == {
        "diffusion/cfg.py"
    }


def test_every_stub_of_the_course_raises_and_names_its_task_and_file(starter):
    course = load_course()
    for file, stubs in stubs_by_file(course).items():
        text = starter[f"diffusion/{file}"]
        for name, stub in stubs.items():
            says = f"{stub.part} (task {stub.task}): fill in "
            lines = [line for line in text.splitlines() if says in line and name in line]
            assert lines, (file, name)
            assert all(line.endswith(f' in diffusion/{file}")') for line in lines)


def test_code_outside_regions_survives_unchanged(starter):
    for name, text in solved(ROOT, load_course()).items():
        lines = text.splitlines()
        regions = find_regions(lines, name)
        inside = {n for r in regions for n in range(r.begin, r.end + 1)}
        given = [line for n, line in enumerate(lines, 1) if n not in inside and line]
        left = [line for line in starter[name].splitlines() if line]
        assert [line for line in left if "raise NotImplementedError(" not in line] == given


def test_no_more_than_two_blank_lines_in_a_row_are_left(starter):
    for name, text in starter.items():
        assert "\n\n\n\n" not in text, name
        assert text.endswith("\n") and not text.endswith("\n\n"), name


def test_every_module_of_the_starter_imports_without_a_warning(starter, tmp_path):
    for name, text in starter.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    modules = [name.removesuffix(".py").replace("/", ".") for name in starter]
    code = "; ".join(f"import {module.removesuffix('.__init__')}" for module in modules)
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)


def test_the_stripper_itself_needs_no_torch():
    module = importlib.import_module("autograder.course.strip")
    assert "torch" not in Path(module.__file__).read_text()
