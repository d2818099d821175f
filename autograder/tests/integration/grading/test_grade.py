"""What `autograder grade` refuses, in a sentence and before it has written anything."""

import errno
import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.config.paths import REPOSITORY
from autograder.exit_codes import remedy
from autograder.grading.batch.journal import Journal
from autograder.tests.support.grade_command import COMMAND

# -------------------------------------------------------------------------------- bad requests


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["starter", "--only", "schedul"], "did you mean schedule?"),
        (["starter", "--only", "figures_ddpm"], "--only figures_ddpm: a person grades this task"),
        (["starter", "--isolation", "magic"], "magic"),
    ],
)
def test_bad_request_is_refused_with_status_2(tmp_path, arguments, words):
    refused = CliRunner().invoke(app, ["grade", *arguments, "--output", str(tmp_path / "out")])
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_mistyped_path_leaves_the_results_of_the_class(tmp_path):
    (tmp_path / "journal.jsonl").touch()
    (tmp_path / "grades.csv").write_text("the class")
    paths = [str(REPOSITORY.starter), str(tmp_path / "canvass.zip")]
    refused = CliRunner().invoke(app, ["grade", *paths, "--output", str(tmp_path)])
    assert refused.exit_code == 2
    assert refused.stderr.strip().endswith(
        "canvass.zip: no such file or folder; nothing was graded"
    )
    assert (tmp_path / "grades.csv").read_text() == "the class"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grades.csv", "journal.jsonl"]


def test_a_folder_for_results_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    refused = CliRunner().invoke(app, ["grade", "starter", "--output", str(tmp_path / "file")])
    assert refused.exit_code == 2
    assert f"--output {tmp_path / 'file'}: File exists; choose a folder" in refused.stderr


@pytest.mark.skipif(
    not Path("/proc/self/fdinfo").exists(), reason="needs a folder that is closed to root"
)
def test_a_folder_for_results_that_cannot_be_written_is_named_with_what_to_do():
    refused = CliRunner().invoke(app, ["grade", "starter", "--output", "/proc/self/fdinfo"])
    assert refused.exit_code == 2 and "--output /proc/self/fdinfo: " in refused.stderr
    assert "choose a folder that can be written" in refused.stderr and "Errno" not in refused.stderr


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_an_error_of_the_disk_says_what_to_do(number):
    words = remedy(OSError(number, os.strerror(number), "results/journal.jsonl"))
    assert "results/journal.jsonl" in words and ("choose a folder" in words or "Free" in words)
    assert not remedy(OSError(errno.EIO, "Input/output error", "results"))


def test_help_does_not_import_torch():
    code = "import sys; sys.argv = ['x', '--help']\ntry:\n import autograder.__main__\nfinally:\n"
    code += " print('torch' in sys.modules)"
    done = subprocess.run(
        [COMMAND[0], "-c", code], cwd=REPOSITORY.root, capture_output=True, text=True
    )
    assert done.stdout.strip().endswith("False"), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (["anna", "ben"], "2 of the 3 in its gradebook are not in this run (anna, ben)"),
        (["anna"], "1 of the 2 in its gradebook is not in this run (anna)"),
    ],
)
def test_a_run_without_somebody_of_the_last_one_is_refused(tmp_path, others, words):
    with Journal(tmp_path) as journal:
        journal.begin("ab", ["starter", *others])
    (tmp_path / "grades.csv").write_text("student\n")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    refused = CliRunner().invoke(app, ["grade", str(REPOSITORY.starter), "--output", str(tmp_path)])
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert "--replace" in refused.stderr and "another --output" in refused.stderr
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


# ------------------------------------------------------------------------------- being killed


def test_a_folder_of_somebody_elses_is_not_written_to(tmp_path):
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "ddpm.py").write_text("x = 1\n")
    command = ["grade", str(REPOSITORY.starter), "--output", str(tmp_path), "--only", "schedule"]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2 and "has folders that no run wrote" in refused.output
    assert [path.name for path in tmp_path.rglob("*")] == ["anna", "ddpm.py"]
