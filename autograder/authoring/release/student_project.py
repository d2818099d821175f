"""pyproject.toml and the pinned requirements of the bundle."""

import configparser
import json
import tomllib
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import Repository

NAME = "diffusion-assignment"
PINNED = """\
# Every package with its version, as the checks were tried: run_checks.py installs them into .venv.
# On Colab run_checks.py leaves torch and all else that is there as it is.
"""
FOR_NOTEBOOKS = """\
# The packages of requirements.txt, and those to open the notebook at home:
#   .venv/bin/python -m pip install -r requirements-notebook.txt
#   .venv/bin/jupyter notebook diffusion.ipynb
"""


def requirements(root: Path) -> str:
    """requirements.txt: the pins of the checks' own tests, without what torch picks by itself."""
    return PINNED + Repository(root).student_lock.read_text(encoding="utf-8")


def notebook_requirements(root: Path) -> str:
    """requirements-notebook.txt: the pins of Jupyter and nbconvert."""
    return FOR_NOTEBOOKS + Repository(root).notebook_lock.read_text(encoding="utf-8")


def project_file(root: Path, course: Course) -> str:
    """pyproject.toml: ranges instead of pins, and the settings of starter/pytest.ini."""
    project = tomllib.loads(Repository(root).project.read_text(encoding="utf-8"))["project"]
    ini = configparser.ConfigParser()
    ini.read(Repository(root).starter_pytest, encoding="utf-8")
    lists = ("testpaths", "pythonpath", "addopts")
    settings = {k: v.split() if k in lists else v for k, v in ini["pytest"].items()}
    return "\n".join(
        [
            "[project]",
            f"name = {_toml(NAME)}",
            'version = "1.0"',
            f"description = {_toml(course.title)}",
            f"requires-python = {_toml(project['requires-python'])}",
            f"dependencies = {_toml(project['dependencies'])}",
            "",
            "[project.optional-dependencies]",
            f"notebook = {_toml(project['optional-dependencies']['notebook'])}",
            "",
            "[tool.setuptools]",
            "packages = []  # nothing is installed of this folder: Python finds diffusion/ in it",
            "",
            "[tool.pytest.ini_options]",
            *(f"{name} = {_toml(value)}" for name, value in settings.items()),
            "",
        ]
    )


def _toml(value: str | list[str]) -> str:
    """Strings and lists of them are written alike in TOML and JSON."""
    return json.dumps(value, ensure_ascii=False, indent=4)
