"""Imports that the contracts in pyproject.toml forbid are planted in a copy, and found."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY, Repository

LINT = Path(sys.executable).with_name("lint-imports")
# Module -> an import in it that no contract allows; or nothing, where no contract knows the module.
FORBIDDEN = {
    "autograder.config.x": "from autograder.grading.judging import checks",
    "autograder.course.x": "from autograder.grading.intake.policy import IntakePolicy",
    "autograder.grading.batch.x": "from autograder.grading import command",
    "autograder.grading.cluster.x": "from autograder.authoring import findings",
    "autograder.grading.intake.x": "from ruamel.yaml import YAML",
    "autograder.grading.judging.x": "from checkkit.runner.local import LocalRunner",
    "autograder.grading.reports.x": "from diffusion import ddpm",
    "autograder.grading.review.x": "from autograder.validation.known_bugs import entries",
    "autograder.grading.sandbox.worker.x": "from autograder.grading.sandbox import judge_folder",
    "autograder.authoring.release.x": "from autograder.authoring.leakcheck import leaks",
    "autograder.hidden.test_x": "from autograder.config import load_course",
    "autograder.newcomer": "",
    "checkkit.spies.x": "from autograder.grading.judging import checks",
    "checkkit.runner.x": "from checkkit.verdicts import noise",
    "checkkit.newcomer": "",
    "diffusion.blocks": "from .unet import UnconditionalUNet",
    "diffusion.cfg": "from .unet import ClassConditionalUNet",
    "diffusion.ddpm": "from . import cfg",
    "diffusion.newcomer": "",
    "diffusion.training": "from . import train",
    "diffusion.runs.folder": "from ..training import train_ddpm",
    "tests.test_x": "from .test_sample import probe_sample_elsewhere",
    "tests.test_y": "def late():\n    import diffusion.ddpm",
}
ALLOWED = {
    "autograder.grading.judging.y": "import scipy\nfrom checkkit.runner.outcomes import Outcome",
    "autograder.experiments.figures.y": "from checkkit.runner.local import LocalRunner",
    "autograder.validation.digits.y": "from diffusion import ddpm",
    "autograder.config.y": "from ruamel.yaml import YAML\nfrom .models import Task",
    "diffusion.runs.y": "from ..data import batches",
    "tests.test_z": "import numpy as np\nfrom checkkit import oracles",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> str:
    """What import-linter says of a copy of the repository in which all of these are planted."""
    root = tmp_path_factory.mktemp("repository")
    parts = (Repository.autograder, Repository.checkkit, Repository.checks, Repository.solution)
    for part in parts:
        only_code = shutil.ignore_patterns("__pycache__", "data", "*.png", "*.csv", "*.html")
        shutil.copytree(part.below(REPOSITORY.root), root / part.name, ignore=only_code)
    shutil.copy(REPOSITORY.project, root)
    for module, source in (FORBIDDEN | ALLOWED).items():
        place = f"solution/{module}" if module.startswith("diffusion") else module
        with (root / f"{place.replace('.', '/')}.py").open("a") as file:
            file.write(f"\n{source}\n")
    done = subprocess.run(
        [LINT, "--no-logo", "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "solution"), "COLUMNS": "400"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", FORBIDDEN)
def test_a_forbidden_import_is_found(said, module):
    assert re.search(rf"\b{re.escape(module)}(?!\.)\b", said), said


@pytest.mark.parametrize("module", ALLOWED)
def test_an_allowed_import_is_not(said, module):
    assert not re.search(rf"\b{re.escape(module)}(?!\.)\b", said)
