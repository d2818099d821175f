"""Whoever behaves only when graded computes other numbers in disguise, and that is reported."""

import shutil

import pytest

from autograder.mutants.apply import ROOT
from autograder.sandbox import SandboxedRunner, choose
from autograder.suspicion.twins import CALLS, differences

TASKS = {call.task for call in CALLS.values()}
LOOPS = """

def ddpm_schedule(*arguments):
    import sys

    while "tests" not in sys.modules:
        pass
    return {"betas": torch.ones(3)}
"""

CHEATS = """
import os
import sys

_schedule, _forward, _sample = ddpm_schedule, ddpm_forward, ddpm_sample


def ddpm_schedule(*arguments):
    tables = _schedule(*arguments)
    return tables if "tests" in sys.modules else {name: t / 2 for name, t in tables.items()}


def ddpm_forward(unet, *rest):
    return _forward(unet, *rest) * (1 if "tests" in type(unet).__module__ else 3)


def ddpm_sample(*arguments, **more):
    frame, names = sys._getframe(), set()
    while frame:
        names.add(frame.f_code.co_filename)
        frame = frame.f_back
    if "<probe>" not in names:
        raise RuntimeError("only when graded")
    return _sample(*arguments, **more)
"""


@pytest.fixture(scope="module")
def isolation():
    return choose("auto")


@pytest.fixture
def package(tmp_path):
    def package(source, added=""):
        shutil.copytree(ROOT / source, tmp_path / source)
        with (tmp_path / source / "diffusion" / "ddpm.py").open("a") as file:
            file.write(added)
        return tmp_path / source

    return package


@pytest.fixture
def lines(package, isolation):
    def lines(source, added="", tasks=TASKS):
        folder = package(source, added)
        with SandboxedRunner(folder, isolation) as watched:
            return differences(folder, isolation, tasks, watched)

    return lines


def test_honest_work_is_the_same_in_disguise(lines):
    assert lines("solution") == ()


def test_stubs_are_the_same_in_disguise(lines):
    assert lines("starter") == ()


def test_only_the_tasks_that_are_named_are_compared(lines):
    assert len(lines("solution", CHEATS, {"forward", "denoiser"})) == 1


def test_an_endless_loop_in_disguise_is_told_and_ends_the_comparison(lines):
    assert lines("solution", LOOPS) == (
        "ddpm_schedule works when graded, takes too long in disguise",
    )


def test_what_behaves_only_when_graded_differs(lines):
    found = dict(line.split(" ", 1) for line in lines("solution", CHEATS))
    assert set(found) == {"ddpm_schedule", "ddpm_forward", "ddpm_sample"}
    assert found["ddpm_schedule"].startswith("computes other numbers when graded than in disguise")
    assert found["ddpm_sample"] == "works when graded, ends in RuntimeError in disguise"
