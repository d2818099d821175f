"""`autograder validate --known-bugs` on a few entries, which also run in the real sandbox."""

import csv
import subprocess
import sys

import pytest

from autograder.config import load_course
from autograder.grading.intake import read_submission
from autograder.grading.judging.job import Job
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.pipeline import grade_all
from autograder.grading.judging.prefetch import Prefetch
from autograder.grading.judging.scope import Setup, scope_of
from autograder.grading.judging.seeds import run_seed
from autograder.grading.sandbox import choose
from autograder.tests.support.processes import python
from autograder.tests.support.repository import copy_of_the_repository
from autograder.validation.known_bugs.apply import write_package
from autograder.validation.known_bugs.entries import load_entries

SEED = "20"
CHECK = ("-m", "autograder", "validate", "--known-bugs", "-j", "2")
# Faults in a table, an exception, a block that three nets share, a loop; and two right ones.
BUGS = ("running_sum", "schedule_on_a_hard_coded_gpu", "fc_relu", "cfg_returns_nothing")
VARIANTS = ("stacked", "functional_unet")


@pytest.fixture(scope="module")
def few(long_run, tmp_path_factory: pytest.TempPathFactory):
    """A run of a few entries, and its table."""
    folder = tmp_path_factory.mktemp("kills")
    only = (word for name in BUGS + VARIANTS for word in ("--only", name))
    done = python(*CHECK, *only, "--seed", SEED, "--output", folder)
    with (folder / "kills.csv").open() as file:
        return done, {line["name"]: line for line in csv.DictReader(file)}


def test_a_few_entries_get_what_they_deserve(few):
    done, lines = few
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = {name: line["verdict"] for name, line in lines.items()}
    assert verdicts == dict.fromkeys(BUGS, "killed") | dict.fromkeys(VARIANTS, "full marks")
    assert "survived: 0" in done.stdout and "fc_relu: killed: blocks" in done.stdout
    assert f"Seed {SEED}" in done.stderr and "6/6" in done.stderr


def test_the_sandbox_says_the_same_check_by_check(few, tmp_path):
    """Two ways through the judge, one list of outcomes: what the fork leaves out changes none.

    Checks that an entry's edits cannot reach are not run there, and pass here.
    """
    _, lines = few
    entries = {entry.name: entry for entry in load_entries().all}
    names = (*BUGS, VARIANTS[0])
    jobs = []
    for name in names:
        path = write_package(entries[name], tmp_path / name)
        jobs.append(Job(name, path, read_submission(path)))
    course = load_course()
    scope, _ = scope_of(course, tuple(course.auto_tasks))
    judge = Judge(run_seed(SEED), training=False)
    isolation = choose("auto")
    setup = Setup(scope, isolation.name, isolation.of_record)
    with Prefetch(jobs, isolation, course) as waiting:
        for graded in grade_all(waiting, setup, judge):
            assert graded.finished, graded.problem
            for name, result in graded.results.items():
                outcomes = (lines[graded.name][name], str(result.outcome))
                same = outcomes[0] == outcomes[1] or outcomes == ("not run", "passed")
                assert same, (graded.name, name, outcomes)


def test_a_check_that_the_solution_fails_stops_the_run(long_run, tmp_path):
    copy = copy_of_the_repository(tmp_path / "copy")
    checks = copy / "tests" / "test_schedule.py"
    before = 'have, betas = tables["alphas"], tables["betas"]\n'
    assert before in checks.read_text()
    checks.write_text(checks.read_text().replace(before, f"{before}    assert not betas.any()\n"))
    command = [sys.executable, *CHECK, "--only", "stacked", "--output", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "checks that the solution itself fails: 1" in done.stderr
    assert "test_schedule::test_alphas_are_one_minus_betas" in done.stderr
    assert "No known bug was graded" in done.stderr and "stacked" not in done.stdout
