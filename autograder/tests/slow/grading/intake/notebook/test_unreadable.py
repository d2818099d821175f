"""A cell that Python cannot read, graded by the real command."""

import json
import subprocess
import sys

import pytest

from autograder.config.paths import REPOSITORY
from autograder.tests.support.notebooks import cell, changed

ROOT = REPOSITORY.root


def with_a_bracket(notebook):
    one = cell(notebook, "ddpm-forward")
    one.source = one.source.replace("(", "((", 1)


def raising(notebook):
    one = cell(notebook, "denoiser-loss")
    one.source = one.source.replace("    return ", "    raise ValueError('mine')\n    return ", 1)


@pytest.mark.usefixtures("grading_run")
def test_it_costs_its_own_tasks_and_messages_name_cells(tmp_path):
    (tmp_path / "anna.ipynb").write_bytes(changed(with_a_bracket, raising))
    tasks = [f"--only={name}" for name in ("schedule", "forward", "denoiser")]
    command = [sys.executable, "-m", "autograder", "grade", str(tmp_path / "anna.ipynb"), *tasks]
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "out")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "out/anna/results.json").read_text())
    of_task = {}
    for test in results["tests"]:
        of_task.setdefault(test["extra_data"]["task"], []).append(test)
    assert {test["status"] for test in of_task["schedule"]} == {"passed"}
    assert {test["status"] for test in of_task["forward"]} == {"failed"}
    outputs = [test["output"] for test in of_task["forward"]]
    assert all("cell ddpm-forward cannot be read by Python: line 2: " in text for text in outputs)
    assert any("Cell denoiser-loss, line " in test["output"] for test in of_task["denoiser"])
    report = (tmp_path / "out/anna/report.html").read_text()
    assert "cell ddpm-forward cannot be read by Python" in report
    assert "Not in your submission" not in report
