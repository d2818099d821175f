"""A cell that Python cannot read, graded by the real command, and what takes its place."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.intake.notebook import take_notebook
from autograder.judge.cells import mended
from autograder.sandbox import choose

from .making import TERMS, cell, changed

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def isolation():
    return choose()


def with_a_bracket(notebook):
    one = cell(notebook, "ddpm-forward")
    one.source = one.source.replace("(", "((", 1)


def raising(notebook):
    one = cell(notebook, "denoiser-loss")
    one.source = one.source.replace("    return ", "    raise ValueError('mine')\n    return ", 1)


def taken(*changes) -> dict[str, bytes]:
    return take_notebook(changed(*changes), TERMS.starter, TERMS.names).files


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


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def ddpm_forward(a, b:\n    pass", "line 1: "),
        ("def ddpm_forward(a):\n  '''no end", "line 2: unterminated triple-quoted string"),
        ("def ddpm_forward(a):\n    return a\n\nreturn 1", "line 4: 'return' outside function"),
        ("class ddpm_forward:\n    def f(self):\n  x = 1", "line 3: unindent"),
        ("def ddpm_forward(a):\n    pass\n" + "x = " + "-" * 50_000 + "1", "line "),
        ("def ddpm_forward(a): return '\0'", "line "),
    ],
)
def test_whatever_is_wrong_the_module_can_be_imported(isolation, source, words):
    def broken(notebook):
        cell(notebook, "ddpm-forward").source = source

    files = taken(broken)
    one = mended(files, isolation)
    assert len(one.remarks) == 1 and f"Python: {words}" in one.remarks[0]
    assert {name for name in files if files[name] != one.files[name]} == {"diffusion/ddpm.py"}
    whole = one.files["diffusion/ddpm.py"].decode()
    compile(whole, "ddpm.py", "exec")
    assert whole.count("raise SyntaxError(why)") == 1
    assert "alpha_bar" in whole  # the schedule's cell is there


def test_two_cells_of_a_module_go_each_by_itself(isolation):
    def also(notebook):
        cell(notebook, "ddpm-sample").source = "def ddpm_sample(:\n    pass"

    one = mended(taken(with_a_bracket, also), isolation)
    assert [words.split()[1] for words in one.remarks] == ["ddpm-forward", "ddpm-sample"]
    compile(one.files["diffusion/ddpm.py"], "ddpm.py", "exec")


def test_what_can_be_read_stays_as_it_is(isolation):
    files = taken()
    assert mended(files, isolation).files == files


@pytest.mark.parametrize("content", [b"# notebook cell x\n\xff", b"# notebook cell x\n(", b""])
def test_marks_in_modules_that_were_handed_in_harm_nobody(isolation, content):
    files = {"diffusion/ddpm.py": content}
    assert set(mended(files, isolation).files) == set(files)
