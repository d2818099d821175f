"""Submissions that behave only when graded, and what is found of them in disguise."""

import pytest

from autograder.grading.review.calls import CALLS
from autograder.grading.review.differential import differences
from autograder.grading.sandbox import SandboxedRunner, choose

from .submissions import submission

TASKS = {call.task for call in CALLS.values()}
CHEATS = """
import os
import sys

_schedule, _forward, _sample = ddpm_schedule, ddpm_forward, ddpm_sample


def ddpm_schedule(*arguments):
    tables = _schedule(*arguments)
    return tables if "checkkit" in sys.modules else {name: t / 2 for name, t in tables.items()}


def ddpm_forward(unet, *rest):
    return _forward(unet, *rest) * (1 if "checkkit" in type(unet).__module__ else 3)


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
    """The isolation that grading would use here."""
    return choose("auto")


@pytest.fixture
def package(tmp_path):
    def package(source, added="", **more):
        return submission(tmp_path / source, source, added={"ddpm": added, **more})

    return package


@pytest.fixture
def lines(package, isolation):
    def lines(source, added="", tasks=TASKS, names=None, solved=TASKS, **more):
        folder = package(source, added, **more)
        with (
            SandboxedRunner(folder, isolation, names=names) as watched,
            SandboxedRunner(folder, isolation) as twin,
        ):
            return differences(tasks, watched, twin, solved={*tasks} & {*solved})

    return lines
