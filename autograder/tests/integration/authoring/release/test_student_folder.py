"""What a student unpacks, starter and tests in one folder, works as the handout says."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.course.starter import committed_starter
from autograder.tests.support.submissions import make_folder
from autograder.validation.known_bugs.apply import edited, solution_files
from autograder.validation.known_bugs.entries import Edit
from checkkit.course import manifest


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(REPOSITORY.starter, tmp_path, dirs_exist_ok=True)
    make_folder(tmp_path, committed_starter())
    shutil.copytree(REPOSITORY.checks, tmp_path / "tests")
    shutil.copytree(REPOSITORY.checkkit, tmp_path / "checkkit")
    return tmp_path


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_untouched_starter_is_one_screen_that_says_where_to_begin(folder):
    ran = run_pytest(folder, "--report")
    lines = ran.stdout.splitlines()
    assert ran.returncode == 1
    assert len(lines) <= 40 and max(map(len, lines)) <= 100
    tasks = [line.split()[1] for line in lines if line.startswith("  ○ ")]
    asked = [task["id"] for part in manifest().parts for task in part["tasks"]]
    assert tasks == [task for task in asked if not task.startswith("digits")]
    task = manifest().tasks["blocks"]
    where = f"(handout {task['section']}, about {task['minutes']:g} minutes): fill in Conv.__init__"
    assert f"Next: blocks, in diffusion/blocks.py {where}" in lines
    points = sum(task.get("points", 0) for task in manifest().tasks.values())
    assert f"Points so far: 0 of {points:g} (visible checks)" in lines
    assert lines[-1].startswith("Next: blocks") and "failed" not in ran.stdout
    assert set(lines[0].split()[0]) == {"○"}
    assert "deselected" not in ran.stdout and "checks that train a net did not run" in ran.stdout
    page = (folder / "report.html").read_text()
    assert "0 <span" in page and "Next: blocks" in page and f"/ {points:g} points" in page


def test_a_report_replaces_no_check(folder):
    check = folder / "tests" / "test_schedule.py"
    before = check.read_text()
    ran = run_pytest(folder, "--report", "tests/test_schedule.py")
    assert ran.returncode == 4 and check.read_text() == before
    assert (
        "the report is a file .html, not tests/test_schedule.py; give --report last" in ran.stderr
    )


def test_pytests_own_words_are_there_for_who_asks(folder):
    ran = run_pytest(folder, "--tb=short", "tests/test_schedule.py")
    errors = {line for line in ran.stdout.splitlines() if line.startswith("E  ")}
    assert errors and all("NotImplementedError: Part " in line for line in errors)
    assert "checkkit/runner" not in ran.stdout and "○" not in ran.stdout


def test_v_tells_everything_and_what_is_next(folder):
    ran = run_pytest(folder, "-v", "tests/test_schedule.py")
    assert "test_schedule.py::test_alpha_bars" in ran.stdout
    assert "NotImplementedError: Part 2 (task schedule)" in ran.stdout
    assert "    def test_" in ran.stdout and "Next: schedule" in ran.stdout


def test_points_of_a_choice_of_checks_are_not_told(folder):
    shutil.copytree(REPOSITORY.solution_package, folder / "diffusion", dirs_exist_ok=True)
    assert "Points so far: 5 of 5" in run_pytest(folder, "tests/test_schedule.py").stdout
    assert "Points" not in run_pytest(folder, "-k", "alpha_bars").stdout
    one = "tests/test_schedule.py::test_alphas_are_one_minus_betas"
    assert "Points" not in run_pytest(folder, one).stdout


def test_a_mistake_is_told_in_a_sentence(folder):
    shutil.copytree(REPOSITORY.solution_package, folder / "diffusion", dirs_exist_ok=True)
    ddpm = folder / "diffusion" / "ddpm.py"
    ddpm.write_text(ddpm.read_text().replace("if num_ts < 2:", "if num_ts < 0:"))
    ran = run_pytest(folder, "tests/test_schedule.py")
    assert ran.stdout.count("✗") == 1 and "◐ schedule" in ran.stdout
    assert "expected a ValueError" in ran.stdout
    assert "Next: schedule, in diffusion/ddpm.py" in ran.stdout
    assert len(ran.stdout.splitlines()) < 12


def test_an_endless_loop_is_told_once_and_is_waited_for_once(folder):
    shutil.copytree(REPOSITORY.solution_package, folder / "diffusion", dirs_exist_ok=True)
    ddpm, session = folder / "diffusion" / "ddpm.py", folder / "checkkit" / "runner" / "session.py"
    loop = "        for t in range(num_ts, 0, -1):\n"
    assert loop in ddpm.read_text() and "LIMIT, TRAINING = 30.0" in session.read_text()
    endless = "        t = num_ts\n        while t > 0:\n"
    ddpm.write_text(ddpm.read_text().replace(loop, endless))
    session.write_text(session.read_text().replace("TRAINING = 30.0", "TRAINING = 3.0"))
    ran = run_pytest(folder, "tests/test_sample.py")
    said = " ".join(ran.stdout.split())
    assert ran.returncode == 1 and ran.stdout.count("timed out: no result within 3 seconds") == 1
    assert "It was in diffusion/ddpm.py, line " in said
    assert "Does the loop `while t > 0` (line " in said and "✗" in ran.stdout


def test_the_solution_passes_in_their_place(folder):
    shutil.copytree(REPOSITORY.solution_package, folder / "diffusion", dirs_exist_ok=True)
    ran = run_pytest(folder)
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert "failed" not in ran.stdout


def test_the_requirements_are_those_of_the_project():
    project = tomllib.loads((REPOSITORY.project).read_text())["project"]
    lines = (REPOSITORY.starter_requirements).read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == project["dependencies"]


def test_the_report_draws_what_the_code_does_and_names_a_mistake(folder):
    shutil.copytree(REPOSITORY.solution_package, folder / "diffusion", dirs_exist_ok=True)
    edits = [
        Edit(file=file, find=right, replace=wrong)
        for file, right, wrong in (
            ("ddpm.py", "alpha_bar.sqrt() * x_0", "alpha_bar * x_0"),
            ("unet.py", "torch.cat([up2, skip28], 1)", "torch.cat([up2, 0 * skip28], 1)"),
        )
    ]
    for file, text in edited("this test", solution_files(), edits).items():
        (folder / "diffusion" / file).write_text(text)
    ran = run_pytest(folder, "--report")
    diagnosis = "x_t = alpha_bar_t x_0 + sqrt(1 - alpha_bar_t) eps: the factor of x_0 lacks"
    assert f"What you compute is {diagnosis}" in " ".join(ran.stdout.split())
    page = (folder / "report.html").read_text()
    assert f'<p class="mistake"><strong>Diagnosis:</strong> What you compute is {diagnosis}' in page
    assert "the skip from the first ConvBlock to the last one" in page
    titles = [page.index(f'<h2 class="part-title">Part {number}:') for number in (1, 2, 3)]
    assert titles == sorted(titles)
    images = re.findall(r"<img[^>]*>", page)
    assert len(images) > 15
    assert all(re.search(r'alt="[^"]{20,}"', image) for image in images)
    assert len(page.encode()) < 1_500_000
