"""What students receive imports only what students have."""

import re

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
        ("checkkit/x.py", "try: pass\nexcept ImportError:\n    import pandas"),
        ("checkkit/x.py", "try:\n    import pandas\nexcept ValueError: pass"),
        ("checkkit/x.py", "try:\n    import autograder.config\nexcept ImportError: pass"),
    ],
)
def test_what_students_do_not_have_is_found(found, file, source):
    ((where, line, problem),) = found(file, source)
    (place,) = (n for n, text in enumerate(source.splitlines(), 1) if re.search("import[ _]", text))
    assert (where, line) == (file, place)
    assert "which students do not have" in problem


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("solution/diffusion/unet.py", "import torch\nfrom .blocks import ConvBlock\nimport os"),
        ("tests/test_x.py", "import numpy as np\nfrom checkkit import oracles"),
        (
            "checkkit/x.py",
            "try:\n    import pandas\nexcept ImportError:\n    raise Problem",
        ),
        ("checkkit/report/x.py", "from PIL import Image\nfrom ..text import harmless"),
    ],
)
def test_what_they_have_is_not(found, file, source):
    assert found(file, source) == []
