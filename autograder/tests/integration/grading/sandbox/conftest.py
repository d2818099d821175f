"""Submissions made up on the spot, and sandboxes to run them in."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.grading.sandbox import Isolation, SandboxError, choose
from autograder.tests.support.sandbox import HOSTILE
from autograder.tests.support.submissions import submission


@pytest.fixture(scope="session", params=["bwrap", "user"])
def isolation(request) -> Isolation:
    """Each isolation that holds on this machine."""
    return _chosen(request.param)


@pytest.fixture(scope="session", params=["bwrap", "user", "none"])
def anywhere(request) -> Isolation:
    """Each isolation that works on this machine, "none" included."""
    return _chosen(request.param)


@pytest.fixture(scope="session")
def strongest() -> Isolation:
    """The isolation that grading would use here."""
    return _chosen("auto")


def _chosen(name: str) -> Isolation:
    try:
        return choose(name)
    except SandboxError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def submit(tmp_path_factory) -> Callable[..., Path]:
    """Make a submission: `submit(module=source, ...)` is a folder that holds `diffusion/`."""

    def submit(**modules: str) -> Path:
        plain = {name: textwrap.dedent(source) for name, source in modules.items()}
        return submission(tmp_path_factory.mktemp("submission"), "nothing", **plain)

    return submit


@pytest.fixture(scope="session")
def hostile(submit) -> Path:
    """The submission that attacks."""
    return submit(attack=HOSTILE.read_text())
