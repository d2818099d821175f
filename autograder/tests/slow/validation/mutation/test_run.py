"""`autograder validate --mutation` on a few mutants of a real file."""

import json

import pytest

from autograder.tests.support.processes import python

# Two mutants of add_noise, one wrong and one that nobody can see; the checks of one task.
FEW = """
import json, sys
from pathlib import Path

from autograder.validation.mutation import command
from autograder.validation.mutation.equivalents import load_equivalents
from autograder.validation.mutation.mutations import mutations_of

KEPT = ("_Add_Sub", "_Mul_Add")
folder, whole, scope_of = Path(sys.argv[1]), load_equivalents(), command.scope_of
command.mutations_of = lambda *file: [
    one for one in mutations_of(*file) if one.address.operator.endswith(KEPT)
]
command.scope_of = lambda course, tasks: (scope_of(course, ["denoiser"])[0], [])
ours = {address: why for address, why in whole.items() if address.file == "denoiser.py"}
(address,) = ours
gone = type(address)(*list(vars(address).values())[:-1], "return x")
statuses = {}
for name, excuses in {"listed": ours, "stale": {gone: ours[address]}}.items():
    command.load_equivalents = lambda: excuses
    statuses[name] = command.run(folder / name, jobs=2, only=("denoiser",))
print(json.dumps(statuses))
"""
# The solution changed by hand: in a file of a task, and in code that is given.
TRIED = """
import json, sys

from autograder.config import load_course
from autograder.grading.judging.scope import scope_of
from autograder.validation.known_bugs.apply import edited, solution_files
from autograder.validation.known_bugs.entries import Edit
from autograder.validation.known_bugs.forking import run_forked
from autograder.validation.mutation.trial import killer_of, try_mutant

import torch
torch.set_num_threads(1)
course, files = load_course(), solution_files()
scope, _ = scope_of(course, tuple(course.auto_tasks))
changes = [
    ("ddpm.py", "torch.cumprod(alphas, dim=0)", "torch.cumsum(alphas, dim=0)"),
    ("denoiser.py", "return x + sigma", "return x - sigma"),
    ("training.py", "return state[\\"epoch\\"]", "return 0"),
]
jobs = []
for file, find, replace in changes:
    edits = [Edit(file=file, find=find, replace=replace)]
    changed = edited("this test", files, edits)[file]
    jobs.append(lambda file=file, changed=changed: try_mutant(file, changed, scope, "20"))
said = {}
for ended in run_forked(jobs, 2, 100):
    killer = killer_of(ended.report)
    said[changes[ended.number][0]] = killer and killer.check.partition("::")[0]
print(json.dumps(said))
"""


@pytest.mark.usefixtures("long_run")
def test_a_survivor_that_is_not_listed_fails_the_run(tmp_path):
    done = python("-c", FEW, str(tmp_path))
    assert done.stdout.endswith('{"listed": 0, "stale": 1}\n'), done.stdout + done.stderr
    assert "survivors (strengthen a check, or list it with a reason): 1" in done.stdout
    assert "there is no such mutant" in done.stdout and "Seed 5eed" in done.stderr
    table = (tmp_path / "stale" / "mutation.csv").read_text()
    assert "killed,test_denoiser::" in table and "survived,,0 of 4" in table


@pytest.mark.usefixtures("long_run")
def test_a_mutant_dies_of_its_task_of_the_tests_of_given_code_or_not_at_all():
    done = python("-c", TRIED)
    assert done.returncode == 0, done.stderr
    wanted = {"ddpm.py": "test_schedule", "denoiser.py": None, "training.py": "test_resume"}
    assert json.loads(done.stdout) == wanted
