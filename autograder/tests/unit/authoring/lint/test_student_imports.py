"""What students receive imports only what students have."""

import pytest

from autograder.authoring.lint.students import student_import_findings
from autograder.config.paths import REPOSITORY

PYPROJECT = '[project]\ndependencies = ["torch>=2.6", "numpy"]\n'


@pytest.fixture
def found(tmp_path):
    """What is found in a repository of one module."""

    def found(file, source):
        (tmp_path / "pyproject.toml").write_text(PYPROJECT)
        for package in ("solution/diffusion", "checkkit", "tests"):
            (tmp_path / package).mkdir(parents=True, exist_ok=True)
            (tmp_path / package / "__init__.py").touch()
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return [(f.file, f.line, f.problem) for f in student_import_findings(tmp_path)]

    return found


def test_this_repository_keeps_the_rule():
    assert [str(finding) for finding in student_import_findings(REPOSITORY.root)] == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("solution/diffusion/data.py", "import pandas"),
        ("solution/diffusion/runs/folder.py", "from autograder.config import load_course"),
        ("tests/test_x.py", "def f():\n    from scipy import stats"),
        ("checkkit/spies/x.py", "importlib.import_module('autograder.grading')"),
        ("checkkit/spies/x.py", "import solution"),
    ],
)
def test_what_students_do_not_have_is_found(found, file, source):
    ((where, line, problem),) = found(file, source)
    assert (where, line) == (file, 1 + source.count("\n"))
    assert "which students do not have" in problem


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("solution/diffusion/unet.py", "import torch\nfrom .blocks import ConvBlock\nimport os"),
        ("tests/test_x.py", "import numpy as np\nfrom checkkit import oracles"),
        ("checkkit/report/x.py", "from PIL import Image\nfrom ..text import harmless"),
    ],
)
def test_what_they_have_is_not(found, file, source):
    assert found(file, source) == []
