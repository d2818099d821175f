"""`autograder lint` on copies of this repository: honest ones pass, planted faults are found."""

import re
import shutil

import pytest
import typer

from autograder.authoring import run_lint as command
from autograder.authoring.lint.points_table import BEGIN, END, points_table, with_table
from autograder.config import load_course
from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.judging.checks import CheckInfo, Collected

ROOT = REPOSITORY.root
FOLDERS = "solution", "starter", "checkkit", "tests", "autograder", "notebooks"
FILES = "README.md", "grading.yaml", "pyproject.toml", "conftest.py"


@pytest.fixture(scope="module")
def collected():
    """A check for every task, so that these tests hold whatever checks there are."""
    return Collected(
        tuple(
            CheckInfo(f"test_{task.id}::test_it", task.id, hidden=task.hidden, training=False)
            for task in load_course().known_tasks.values()
        )
    )


@pytest.fixture
def repository(tmp_path, collected):
    """A copy of this repository whose table of points fits the made-up checks; no mutants,
    profiles and weights, which name the real ones.
    """
    for name in FOLDERS:
        left_out = "__pycache__", "*.npz", "*.safetensors", "*.csv", "wrong", "right", "profiles"
        ignored = shutil.ignore_patterns(*left_out, "handouts")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    course = tmp_path / "grading.yaml"
    course.write_text(re.sub(r",\s*weights: \{\w.*?\}", "", course.read_text(), flags=re.S))
    list(command.regenerate(tmp_path, collected))
    return tmp_path


@pytest.fixture
def findings(repository, collected):
    return lambda: list(command.findings(repository, collected))


def edit(path, before, after):
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_other_parts_than_students_would_see_are_found(repository, collected, findings):
    edit(repository / "grading.yaml", "title: The sampler,", "title: The walk back,")
    stale = [finding for finding in findings() if finding.file == "checkkit/report/parts.json"]
    assert len(stale) == 1 and "lint --write" in stale[0].problem
    assert "checkkit/report/parts.json" in list(command.regenerate(repository, collected))
    parts = (repository / "checkkit/report/parts.json").read_text()
    assert "The walk back" in parts and "hidden" not in parts and "figures" not in parts


def test_an_honest_copy_is_in_order(findings):
    assert findings() == []


def test_a_mutant_behind_its_solution_is_found(repository, findings):
    path = repository / "autograder/validation/known_bugs/right/late.yaml"
    path.parent.mkdir()
    path.write_text(
        "- name: late\n  words: Late.\n  edits:\n    - {file: cfg.py, find: gone, replace: a}"
    )
    (finding,) = findings()
    assert (finding.file, finding.line) == ("autograder/validation/known_bugs/right/late.yaml", 1)
    assert "late > edit 1: cfg.py no longer has 'gone'" in finding.problem


def test_an_equivalent_behind_its_solution_is_found(repository, findings):
    listed = repository / "autograder/validation/mutation/equivalent.yaml"
    edit(listed, "before: return x + sigma", "before: return x + noise")
    (finding,) = findings()
    assert finding.file == "autograder/validation/mutation/equivalent.yaml" and finding.line > 1
    assert "denoiser.py no longer has `return x + noise" in finding.problem


# ------------------------------------------------------------------------------------- the starter


def test_a_starter_edited_by_hand_is_found_with_a_diff(repository, findings):
    edit(repository / "starter/diffusion/ddpm.py", "T, the number of steps.", "the number T.")
    (finding,) = findings()
    assert finding.file == "starter/diffusion/ddpm.py"
    assert "autograder lint --write" in finding.problem
    assert "-        num_ts: the number T." in finding.detail
    assert "+        num_ts: T, the number of steps." in finding.detail


def test_a_starter_behind_its_solution_is_found_and_regenerated(repository, findings, collected):
    edit(repository / "solution/diffusion/ddpm.py", "indexed by t itself", "indexed by the step t")
    assert [finding.file for finding in findings()] == ["starter/diffusion/ddpm.py"]
    written = list(command.regenerate(repository, collected))
    assert written == ["starter/diffusion/ddpm.py"]
    assert findings() == []
    assert list(command.regenerate(repository, collected)) == []


def test_a_module_too_many_and_one_too_few_are_found(repository, findings):
    (repository / "starter/diffusion/extra.py").write_text("x = 1\n")
    (repository / "starter/diffusion/cfg.py").unlink()
    shutil.copy(repository / "solution/diffusion/data.py", repository / "starter/diffusion/data.py")
    said = {finding.file: finding.problem for finding in findings()}
    assert "remove it" in said["starter/diffusion/extra.py"]
    assert "missing" in said["starter/diffusion/cfg.py"]
    assert "remove it" in said["starter/diffusion/data.py"]


def test_a_solution_that_cannot_be_stripped_is_found_with_its_line(repository, findings):
    path = repository / "solution/diffusion/denoiser.py"
    edit(path, "    ### END SOLUTION\n", "")
    (finding,) = findings()
    assert finding.file == "solution/diffusion/denoiser.py"
    line = path.read_text().splitlines()[finding.line - 1]
    assert "BEGIN SOLUTION" in line


def test_a_stub_without_its_task_is_found(repository, findings):
    edit(repository / "grading.yaml", "stubs: [ddpm_sample]", "stubs: []")
    assert [finding.file for finding in findings()] == ["solution/diffusion/ddpm.py"]


OWN_PROFILE = """\
title: Our course
assignments:
  - id: core
    title: Code
    points: 2
    parts:
      - {id: part1, title: Part 1, tasks: [{id: schedule, points: 1}, {id: forward, points: 1}]}
"""


def test_a_profile_in_grading_yaml_removes_the_stubs_that_it_does_not_ask(
    repository, findings, collected
):
    (repository / "profiles").mkdir()
    (repository / "profiles/ours.yaml").write_text(OWN_PROFILE)
    edit(repository / "grading.yaml", "\nassignments:", "\nprofile: ours\n\nassignments:")
    stale = [f for f in findings() if f.file == "starter/diffusion/training.py"]
    assert [f.problem for f in stale] == [
        "the course asks nothing of this module: run `autograder lint --write`"
    ]
    assert "starter/diffusion/training.py" in list(command.regenerate(repository, collected))
    assert [path.name for path in (repository / "starter/diffusion").glob("*.py")] == ["ddpm.py"]
    assert findings() == []


# ------------------------------------------------------------------------------------------- leaks


def test_a_filled_stub_is_found_twice_over(repository, findings):
    shutil.copy(repository / "solution/diffusion/cfg.py", repository / "starter/diffusion/cfg.py")
    problems = [finding.problem for finding in findings()]
    assert any("outdated" in problem for problem in problems)
    assert any("gives away solution/diffusion/cfg.py" in problem for problem in problems)


@pytest.mark.parametrize(
    "file", ["starter/README.md", "checkkit/oracles.py", "checkkit/spies/losses.py"]
)
def test_a_line_of_the_solution_is_found_where_students_read(repository, findings, file):
    with (repository / file).open("a") as text:
        text.write("\n# mean = (x - beta / (1 - alpha_bar) ** 0.5 * eps) / alpha**0.5\n")
    (finding,) = findings()
    assert finding.file == file
    assert finding.line == len((repository / file).read_text().splitlines())
    assert "gives away solution/diffusion/ddpm.py:" in finding.problem


# --------------------------------------------------------- grading.yaml, its checks and the table


def test_an_invalid_grading_yaml_is_found_with_its_line(repository, findings):
    edit(repository / "grading.yaml", "visibility: after_published", "visibilty: after_published")
    (finding,) = findings()
    line = (repository / "grading.yaml").read_text().splitlines()[finding.line - 1]
    assert finding.file == "grading.yaml" and "visibilty" in line


def test_a_task_whose_file_does_not_exist_is_found(repository, findings):
    edit(repository / "grading.yaml", "points: 3, file: ddpm.py", "points: 3, file: dppm.py")
    finding = findings()[0]
    assert finding.file == "grading.yaml" and finding.line > 1
    assert "hidden_schedule: file names dppm.py; diffusion/ holds" in finding.problem


def test_a_task_without_a_check_is_found_where_it_stands(repository, collected):
    fewer = Collected(tuple(check for check in collected.checks if check.task != "sample"))
    found = [f for f in command.findings(repository, fewer) if f.file == "grading.yaml"]
    (finding,) = found
    line = (repository / "grading.yaml").read_text().splitlines()[finding.line - 1]
    assert "id: sample" in line


def test_a_check_without_a_task_is_found_where_it_stands(repository, collected):
    (repository / "tests/test_stray.py").write_text("\n\ndef test_it():\n    pass\n")
    stray = CheckInfo("test_stray::test_it", "no_such_task", hidden=False, training=False)
    more = Collected((*collected.checks, stray))
    assert [
        (finding.file, finding.line)
        for finding in command.findings(repository, more)
        if "no_such_task" in finding.problem
    ] == [("tests/test_stray.py", 3)]


def test_changed_points_make_the_table_stale_until_it_is_written(repository, findings, collected):
    edit(repository / "grading.yaml", "points: 7, file: blocks.py", "points: 6, file: blocks.py")
    edit(repository / "grading.yaml", "points: 5, file: ddpm.py", "points: 6, file: ddpm.py")
    found = {finding.file: finding for finding in findings()}
    assert set(found) == {"README.md", "checkkit/report/parts.json"}
    assert all("outdated" in finding.problem for finding in found.values())
    line = (repository / "README.md").read_text().splitlines()[found["README.md"].line - 1]
    assert "`blocks`" in line
    assert set(command.regenerate(repository, collected)) == set(found)
    assert findings() == []


def test_a_readme_without_its_markers_is_found(repository, findings):
    edit(repository / "README.md", END, "")
    (finding,) = findings()
    assert finding.file == "README.md" and END in finding.problem


def test_the_table_has_a_row_for_every_task_and_every_total(collected):
    course = load_course()
    table = points_table(course, collected.checks)
    assert all(f"(`{task.id}`)" in table for task in course.tasks)
    assert len(table.splitlines()) == 2 + len(course.tasks) + len(course.assignments)
    assert "| **100** |" in table
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb\n", table) == (
        f"a\n{BEGIN}\n\n{table}\n\n{END}\nb\n"
    )


# ------------------------------------------------------------------------------------- the command


def test_the_command_prints_a_line_for_each_finding_and_exits_with_1(
    repository, monkeypatch, capsys
):
    (repository / "starter/diffusion/cfg.py").unlink()
    with pytest.raises(typer.Exit) as ended:
        command.lint(repository=Repository(repository))
    assert ended.value.exit_code == 1
    assert "starter/diffusion/cfg.py:1: missing: run `autograder lint --write`" in (
        capsys.readouterr().out.splitlines()
    )


def test_faults_of_an_older_release_say_what_renews_it(repository, monkeypatch, capsys):
    monkeypatch.setattr(command, "findings", lambda root: iter(()))
    leak = command.Finding("build/student/README.md", 1, "gives another number of points")
    monkeypatch.setattr(command, "build_findings", lambda root: iter((leak,)))
    with pytest.raises(typer.Exit):
        command.lint(repository=Repository(repository))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("1 fault in build/") and "run `autograder release`" in last


@pytest.mark.parametrize("file", ["solution/diffusion/ddpm.py", "tests/test_schedule.py"])
def test_a_file_that_python_cannot_read_is_found_with_its_line(repository, findings, file):
    text = (repository / file).read_text()
    (repository / file).write_text(f"{text}\ndef broken(:\n")
    (finding,) = findings()
    assert (finding.file, finding.line) == (file, text.count("\n") + 2)
    assert "Python cannot read this file: invalid syntax" in finding.problem


def test_a_passage_of_the_handout_that_does_not_end_is_found_with_its_line(repository, findings):
    page = repository / "starter/README.md"
    edit(page, "<!-- for: fid -->\n", "<!-- for: fid -->\n<!-- for: fid -->\n")
    (finding,) = findings()
    assert finding.file == "starter/README.md" and "does not end" in finding.problem
    assert page.read_text().splitlines()[finding.line - 1] == "<!-- for: fid -->"


def test_a_passage_for_a_task_that_does_not_exist_is_found(repository, findings):
    page = repository / "starter/README.md"
    edit(page, "### 2.2 The schedule <!-- for: schedule", "### 2.2 The schedule <!-- for: schedul")
    line = page.read_text().partition("### 2.2")[0].count("\n") + 1
    (finding,) = findings()
    assert (finding.file, finding.line) == ("starter/README.md", line)
    assert "schedul, which is no task and no figure; did you mean schedule?" in finding.problem
