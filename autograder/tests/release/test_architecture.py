"""Imports that the design forbids are planted, and found; those that it allows are not."""

import pytest

from autograder.authoring.lint.architecture import architecture_findings
from autograder.config.paths import REPOSITORY

ROOT = REPOSITORY.root
PYPROJECT = '[project]\ndependencies = ["torch>=2.6", "numpy"]\n'


@pytest.fixture
def found(tmp_path):
    """What is found in a repository of one module."""

    def found(file, source):
        (tmp_path / "pyproject.toml").write_text(PYPROJECT)
        for package in ("solution/diffusion", "checkkit", "tests", "autograder"):
            (tmp_path / package).mkdir(parents=True, exist_ok=True)
            (tmp_path / package / "__init__.py").touch()
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return [(f.file, f.line, f.problem) for f in architecture_findings(tmp_path)]

    return found


def test_this_repository_keeps_its_own_rules():
    assert [str(finding) for finding in architecture_findings(ROOT)] == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("solution/diffusion/blocks.py", "from .unet import UNet"),
        ("solution/diffusion/ddpm.py", "from . import cfg"),
        ("solution/diffusion/ddpm.py", "from diffusion.unet import UNet"),
        ("solution/diffusion/cfg.py", "from .unet import ClassConditionalUNet"),
        ("solution/diffusion/data.py", "from checkkit.classifier import features"),
        ("solution/diffusion/data.py", "import pandas"),
        ("solution/diffusion/newcomer.py", "x = 1"),
        ("solution/diffusion/training.py", "from . import train"),
        ("solution/diffusion/runs/folder.py", "from ..training import train_ddpm"),
        ("tests/test_x.py", "import diffusion.ddpm"),
        ("tests/test_x.py", "from .test_sample import replayed"),
        ("checkkit/x.py", "from tests import test_sample"),
        ("checkkit/spies/x.py", "from autograder.grading.judging import checks"),
        ("tests/test_x.py", "def f():\n    from scipy import stats"),
        ("autograder/grading/judging/x.py", "import diffusion"),
        ("autograder/grading/judging/x.py", "importlib.import_module('diffusion.cfg')"),
        ("autograder/grading/judging/x.py", "from checkkit.runner import local"),
        ("autograder/grading/command.py", "from checkkit.runner.local import LocalRunner"),
        ("autograder/grading/judging/x.py", "from ruamel.yaml import YAML"),
        ("autograder/hidden/test_x.py", "from autograder.config import load_course"),
        ("autograder/grading/sandbox/worker/x.py", "from ..limits import Limits"),
        ("autograder/config/x.py", "from autograder.grading.judging.checks import Check"),
    ],
)
def test_a_forbidden_import_is_found(found, file, source):
    ((where, line, problem),) = found(file, source)
    assert (where, line) == (file, 1 + source.count("\n"))
    assert "imports" in problem or "no rule covers" in problem


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("solution/diffusion/unet.py", "import torch\nfrom .blocks import ConvBlock"),
        ("solution/diffusion/training.py", "from .cfg import f\nfrom .ddpm import g\nimport os"),
        ("tests/test_x.py", "import numpy as np\nfrom checkkit import oracles"),
        (
            "checkkit/runner/local.py",
            "import importlib\nimportlib.import_module(f'diffusion.{name}')",
        ),
        (
            "autograder/grading/judging/x.py",
            "import scipy\nfrom checkkit.runner.outcomes import Outcome",
        ),
        ("autograder/config/loading.py", "from ruamel.yaml import YAML\nfrom .models import Task"),
        (
            "autograder/grading/sandbox/worker/x.py",
            "from ..wire import pack\nfrom checkkit.runner import local",
        ),
        ("autograder/experiments/figures/x.py", "from checkkit.runner.local import LocalRunner"),
    ],
)
def test_an_allowed_import_is_not(found, file, source):
    assert found(file, source) == []
