"""/autograder as the platform fills it, and the results that are left there."""

import json
from pathlib import Path

import pytest

from .harness import metadata
from .modules import HANGS, submitted


@pytest.fixture
def place(tmp_path, course):
    """/autograder, with a submission that hangs in its schedule."""
    submitted(tmp_path / "submission", ddpm=HANGS)
    (tmp_path / "results").mkdir()
    due = course.assignments[0].due
    told = metadata(due, due, ["ada@example.edu"], {})
    (tmp_path / "submission_metadata.json").write_text(json.dumps(told))
    return tmp_path


def results_in(place: Path) -> dict:
    return json.loads((place / "results" / "results.json").read_text())
