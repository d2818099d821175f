"""Right code that stands elsewhere in the notebook, graded by the real command: full marks."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from autograder.config.paths import REPOSITORY
from autograder.tests.support.notebooks import POLICY
from autograder.tests.support.rearranged import RIGHT, rearranged
from autograder.tests.support.submissions import make_folder, make_zip

METADATA = "export/submission_metadata.yml"


def canvas(folder, notebooks):
    names = {name: f"{name.replace('_', '')}_12{n}_90{n}" for n, name in enumerate(notebooks)}
    entries = {f"{names[name]}_diffusion.ipynb": data for name, data in notebooks.items()}
    return make_zip(folder / "canvas.zip", entries)


def gradescope(folder, notebooks):
    entries = {f"export/{name}/diffusion.ipynb": data for name, data in notebooks.items()}
    people = (
        f"{name}:\n  :submitters:\n  - :name: {name}\n    :sid: {name}\n" for name in notebooks
    )
    return make_zip(
        folder / "export.zip", {METADATA: f"---\n{''.join(people)}".encode(), **entries}
    )


def nbgrader(folder, notebooks):
    """With the modules that nbgrader hands out too, as they were given."""
    entries = {"nbgrader_config.py": b""}
    for name, data in notebooks.items():
        place = f"submitted/{name}/diffusion-models"
        entries |= {f"{place}/{path}": content for path, content in POLICY.starter.items()}
        entries |= {f"{place}/diffusion.ipynb": data, f"{place}/timestamp.txt": b"2026-12-01 UTC"}
    return make_folder(folder / "course", entries)


@pytest.mark.parametrize(
    "at, deliver",
    [
        (0, canvas),
        pytest.param(1, gradescope, marks=pytest.mark.validation),
        pytest.param(2, nbgrader, marks=pytest.mark.validation),
    ],
)
@pytest.mark.usefixtures("grading_run")
def test_right_code_earns_full_marks(tmp_path, at, deliver):
    notebooks = {change.__name__: rearranged(change) for change in list(RIGHT)[at::3]}
    command = [sys.executable, "-m", "autograder", "grade", deliver(tmp_path, notebooks)]
    command += ["--skip-training", "--output", tmp_path / "out"]
    done = subprocess.run(command, cwd=REPOSITORY.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    graded = list((tmp_path / "out").glob("*/results.json"))
    assert len(graded) == len(notebooks)
    for path in graded:
        tests = json.loads(path.read_text())["tests"]
        outcomes = Counter(test["status"] for test in tests)
        assert outcomes.keys() == {"passed"} and outcomes["passed"] > 100, path
