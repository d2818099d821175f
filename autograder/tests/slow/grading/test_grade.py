"""`autograder grade`, from the command line to the files, through the real sandbox."""

import csv
import json
import os
import signal
import subprocess
import time

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.config.paths import REPOSITORY
from autograder.grading.intake import Submission
from autograder.grading.judging.seeds import run_seed, submission_seed
from autograder.tests.support.grade_command import COMMAND, Run, grade
from autograder.tests.support.made_results import NASTY
from autograder.tests.support.submissions import contents, make_folder, make_zip, submission
from checkkit.runner.outcomes import Outcome

MISCHIEF = "=cmd()"
RECORDER = """
import json

answer = ddpm_schedule

def ddpm_schedule(*inputs):
    answers = answer(*inputs)
    with open({path!r}, "a") as file:
        words = {{name: values.tolist() for name, values in answers.items()}}
        file.write(json.dumps([inputs, words]) + "\\n")
    return answers
"""
REPLAY = """
import json
import torch

RECORDED = {{tuple(inputs): answers for inputs, answers in json.loads({records!r})}}

def ddpm_schedule(*inputs):
    return {{name: torch.tensor(values) for name, values in RECORDED[inputs].items()}}
"""


@pytest.fixture(scope="session")
def run(grading_run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A zip of the solution, the starter, one that goes wrong in many ways, and no submission."""
    handed_in = tmp_path_factory.mktemp("handed-in")
    anna = make_zip(handed_in / "anna.zip", contents(below="work"))
    raises = (
        f"print({NASTY!r}, flush=True)\n\n"
        "def ddpm_schedule(beta_1, beta_T, num_ts):\n"
        f"    raise ValueError({NASTY!r})\n"
    )
    unread = "def add_noise(:\n"
    wrong = submission(handed_in / MISCHIEF, "nothing", ddpm=raises, denoiser=unread)
    nothing = make_folder(handed_in / "nothing", {})
    only = [
        word for task in ("schedule", "hidden_schedule", "denoiser") for word in ("--only", task)
    ]
    paths = (anna, REPOSITORY.starter, wrong, nothing)
    return grade(tmp_path_factory.mktemp("results"), *paths, *only, "--seed", "7")


def test_status_is_0_whatever_the_grades(run):
    assert run.status == 0, run.stderr


def test_solution_in_a_zip_has_full_marks(run):
    results = run.results("anna")
    assert set(run.outcomes("anna").values()) == {"passed"}, run.outcomes("anna")
    assert results["score"] == results["extra_data"]["max_score"] == 12
    assert {test["status"] for test in results["tests"]} == {"passed"}


def test_starter_is_not_attempted_and_has_nothing(run):
    assert run.results("starter")["score"] == 0
    ends = {check: end for check, end in run.outcomes("starter").items() if "hidden" not in check}
    assert ends and set(ends.values()) <= {"not attempted", "blocked"}


def test_syntax_error_costs_its_own_module_alone(run):
    by_task = {}
    for test in run.results(MISCHIEF)["tests"]:
        if test["status"] != "passed":
            by_task.setdefault(test["extra_data"]["task"], []).append(test["output"])
    where = "diffusion/denoiser.py cannot be read by Python, line 1: "
    assert all(where in output for output in by_task["denoiser"])
    page = (run.folder / MISCHIEF / "report.html").read_text()
    assert page.count(where) == 1
    assert run.results(MISCHIEF)["output"].count(where) == 1
    assert all("ValueError" in output for output in by_task["schedule"])


def test_results_follow_the_schema_of_gradescope(run):
    results = run.results("anna")
    assert results["execution_time"] > 0
    for test in results["tests"]:
        assert set(test) >= {"name", "score", "max_score", "status", "visibility", "extra_data"}
        hidden = test["visibility"] != "visible"
        kept = {"task", "check"} if hidden else {"task", "check", "outcome", "seconds"}
        assert set(test["extra_data"]) == kept
        assert test["status"] in ("passed", "failed")
        assert test["visibility"] in ("visible", "hidden", "after_due_date", "after_published")
        assert hidden or test["extra_data"]["outcome"] in list(Outcome)
    by_task = {}
    for test in results["tests"]:
        task = test["extra_data"]["task"]
        by_task[task] = by_task.get(task, 0) + test["max_score"]
    assert by_task == pytest.approx({"denoiser": 4, "schedule": 5, "hidden_schedule": 3}, abs=0.01)


def test_nothing_of_a_hidden_check_but_whether_it_passed_is_in_results_json(run):
    for name in ("anna", "starter", MISCHIEF):
        text = (run.folder / name / "results.json").read_text()
        assert "test_hidden" not in text
        for test in json.loads(text)["tests"]:
            if test["extra_data"]["task"] == "hidden_schedule":
                assert test["visibility"] == "after_published"
                assert test["output"] == ""
                assert test["name"].startswith("Schedule, further checks (")


def test_bad_input_is_named_and_costs_nobody_else(run):
    assert "nothing: holds no folder named diffusion" in run.stderr
    assert run.results("nothing")["score"] == 0
    assert "could not be graded" in run.results("nothing")["output"]


def test_gradebook_has_a_row_a_submission_and_no_formulas(run):
    with (run.folder / "grades.csv").open(newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"anna", "starter", f"'{MISCHIEF}", "nothing"}
    assert rows["anna"]["schedule"] == "5"
    assert rows["anna"]["core_total"] == "12"
    assert rows["starter"]["core_total"] == "0"
    assert rows["anna"]["blocks"] == ""  # not asked for
    assert rows["anna"]["figures_ddpm"] == rows["anna"]["writeup_total"] == ""  # a person grades
    assert rows["nothing"]["flags"].startswith("could not be graded")


def test_words_of_a_submission_are_harmless_everywhere(run):
    for path in run.folder.rglob("*.*"):
        text = path.read_text()
        assert "\x1b" not in text
        assert "\u202e" not in text
        if path.suffix == ".html":
            assert "<script>alert" not in text
    assert "\x1b[31m<script>" not in run.stdout + run.stderr
    staff = (run.folder / MISCHIEF / "instructor.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in staff  # shown to staff, as text


def test_seeds_derive_from_the_run_and_the_submission_alone(run):
    for name, base in (("anna", "solution"), ("starter", "starter")):
        seeds = run.results(name)["extra_data"]["seeds"]
        content = Submission(contents(base)).digest()
        assert seeds[0] == submission_seed(run_seed("7"), name, content)
    assert (
        run.results("anna")["extra_data"]["seeds"] != run.results("starter")["extra_data"]["seeds"]
    )


@pytest.mark.usefixtures("grading_run")
def test_answers_that_were_recorded_in_one_run_earn_nothing_in_the_next(tmp_path):
    record, words = tmp_path / "record", ("--only", "schedule", "--isolation", "none")
    mallory = tmp_path / "mallory"
    submission(mallory, added={"ddpm": RECORDER.format(path=str(record))})
    first = grade(tmp_path / "results", mallory, *words)
    assert first.results("mallory")["score"] == 5
    seeds = first.results("mallory")["extra_data"]["seeds"]
    records = f"[{','.join(record.read_text().splitlines())}]"
    submission(mallory, ddpm=REPLAY.format(records=records))
    second = grade(tmp_path / "results", mallory, *words)
    assert second.results("mallory")["score"] == 0
    assert [*second.outcomes("mallory").values()].count("failed") >= 5  # one asks for an error
    assert seeds[0] != second.results("mallory")["extra_data"]["seeds"][0]


# -------------------------------------------------------------------------------- bad requests


def test_nothing_graded_is_status_1(tmp_path, grading_run):
    (tmp_path / "broken.zip").write_bytes(b"PK")
    words = ["grade", str(tmp_path / "broken.zip"), "--output", str(tmp_path / "out")]
    refused = CliRunner().invoke(app, [*words, "--only", "schedule", "--isolation", "none"])
    assert refused.exit_code == 1
    assert "is neither a folder nor a complete zip" in refused.stderr


# ------------------------------------------------------------------------------- being killed


@pytest.mark.usefixtures("grading_run")
def test_one_submission_does_not_replace_the_gradebook_of_a_class(tmp_path):
    results = tmp_path / "results"
    for name in ("anna", "ben"):
        submission(tmp_path / "class" / name)

    def run(*names: str, more: tuple[str, ...] = ()) -> Run:
        paths = [tmp_path / "class" / name for name in names]
        return grade(results, *paths, *more, "--only", "schedule", "--isolation", "none")

    def students() -> list[str]:
        lines = csv.DictReader((results / "grades.csv").read_text().splitlines())
        return [line["student"] for line in lines]

    assert run("").status == 0 and students() == ["anna", "ben"]
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    refused = run("anna")
    assert refused.status == 2 and "1 of the 2 in its gradebook" in refused.stderr
    assert before == {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    assert run("anna", more=("--replace",)).status == 0 and students() == ["anna"]
    whole = run("anna", "ben")
    assert whole.status == 0 and students() == ["anna", "ben"]
    assert "2 of 2 unchanged" in whole.stderr


@pytest.mark.usefixtures("grading_run")
def test_killed_in_the_middle_keeps_what_was_finished(tmp_path):
    out = tmp_path / "out"
    endless = "\n\ndef denoising_loss(unet, x, sigma):\n    while True:\n        pass\n"
    slow = submission(tmp_path / "slow", only=("denoiser",), added={"denoiser": endless})
    command = [*COMMAND, str(slow), "--output", str(out), "--only", "denoiser"]
    process = subprocess.Popen(
        command, cwd=REPOSITORY.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        path, found = out / "slow" / "results.json", {"tests": []}
        deadline = time.monotonic() + 120
        while len(found["tests"]) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
            found = json.loads(path.read_text()) if path.exists() else found
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    kept = json.loads(path.read_text())
    assert kept["extra_data"]["finished"] is False
    assert kept["extra_data"]["flags"][0] == "unfinished"
    outcomes = [test["extra_data"]["outcome"] for test in kept["tests"]]
    assert outcomes[:2] == ["passed", "passed"]
    assert kept["score"] > 0
