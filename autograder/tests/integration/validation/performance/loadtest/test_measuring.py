"""The cost of commands, the peers' notebooks, the text."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.intake import PACKAGE
from autograder.validation.known_bugs.apply import write_package
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.performance.loadtest.measuring import Failed, measure
from autograder.validation.performance.loadtest.parts import clean
from autograder.validation.performance.loadtest.peers import ASSERTIONS, answers
from autograder.validation.performance.pages import render

ROOT = REPOSITORY.root
BURN = "import time; x = bytearray(80 << 20); t = time.process_time()\n" + (
    "while time.process_time() < t + 0.5: pass"
)


def test_a_command_is_measured_with_all_that_it_starts(tmp_path):
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"
    spent = measure([sys.executable, "-c", script], tmp_path)
    assert spent.wall > 0.5 and 0.5 < spent.cpu < 5 and 80 < spent.peak >> 20 < 300


def test_processes_that_nobody_waited_for_count_too(tmp_path):
    started = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}])"
    spent = measure([sys.executable, "-c", started], tmp_path)
    assert spent.cpu > 0.5


def test_a_command_that_fails_says_what_it_said(tmp_path):
    with pytest.raises(Failed, match="no such luck"):
        measure([sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path)


def run_assertions(package: Path) -> set[str]:
    """The tasks whose assertions hold."""
    space: dict = {}
    for text in answers(package):
        exec(text, space)
    right = set()
    for task, text in ASSERTIONS.items():
        try:
            exec(text, dict(space))
            right.add(task)
        except AssertionError:
            pass
    return right


def test_the_peers_assertions_hold_for_the_solution():
    assert run_assertions(REPOSITORY.solution_package) == set(ASSERTIONS)


def test_the_peers_assertions_see_a_mistake(tmp_path):
    (bug,) = [bug for bug in load_entries().bugs if bug.name == "running_sum"]
    assert "schedule" not in run_assertions(write_package(bug, tmp_path) / PACKAGE)


def test_the_text_tells_every_part():
    run = {"per_minute": 30.0, "wall_seconds_each": 2.0, "cpu_seconds_each": 2.0, "peak_mib": 900}
    run |= {"right_outcomes": 29, "wrong": {"s007": "variant v: failed"}}
    each = {"wall_seconds_each": 1.0, "cpu_seconds_each": 0.9, "peak_mib": 300}
    figures = {
        "class": {"submissions": 30, "kinds": {"bug": 30}, "runs": {"1": run}},
        "peers": {"submissions": 3, "tasks": ("schedule",), "ours": each, "otter run": each},
        "kills": {"kills": 3, "lost": ["s001 after kill 2"], "different": [], "left_behind": []},
    }
    text = render("loadtest.txt.j2", figures=figures)
    for part in ("29 of 30", "s007: variant v", "otter run", "s001 after kill 2"):
        assert part in text
    assert not clean(figures)


@pytest.mark.parametrize("words", [["--part", "nothing"], ["--otter", "/nowhere/python"]])
def test_a_wrong_option_is_refused_before_anything_runs(words, tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "autograder.validation.performance.loadtest",
            *words,
            "--output",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and words[1] in done.stderr
