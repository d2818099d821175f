"""The files of autograder.zip: what judges, what is judged with, and nothing else of the course.

No solution, no mutants, no tests of the autograder, no runs: what does not travel cannot leak.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from autograder.config import Course

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = Path(__file__).parent / "platform"
EXECUTABLE = frozenset({"setup.sh", "run_autograder"})

# Below autograder/; and of this package all but what makes and tries the zip.
MODULES = ("__init__.py", "naming.py", "overlay.py")
PACKAGES = (
    *("batch", "config", "hidden", "intake", "judge", "profiles"),
    *("report", "sandbox", "standing", "suspicion"),
)
OF_GRADESCOPE = ("__init__.py", "document.py", "metadata.py", "ready.py", "run.py")
DATA = (".json", ".npz", ".safetensors", ".yaml")
STAFF_PACKAGES = ("pydantic", "ruamel.yaml")  # what judging needs beside the students' packages
PROFILE = re.compile(r"^profile:.*$", re.MULTILINE)


def autograder_zip_files(course: Course) -> tuple[dict[str, bytes], frozenset[str]]:
    """The content of each file by its name in the zip, and the names that are executable.

    Raises:
        FileNotFoundError: something that the zip needs is not there.
    """
    files = {path.name: path.read_bytes() for path in sorted(PLATFORM.iterdir())}
    files["grading.yaml"] = grading_yaml(course).encode()
    files["requirements.txt"] = requirements().encode()
    files["requirements.lock"] = (ROOT / "requirements.lock").read_bytes()
    for path in sorted(_paths()):
        files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    return files, EXECUTABLE


def grading_yaml(course: Course) -> str:
    """grading.yaml as it stands, with the profile that this course was loaded with."""
    text = (ROOT / "grading.yaml").read_text(encoding="utf-8")
    without = PROFILE.sub("", text)
    return f"{without.rstrip()}\n\nprofile: {course.profile}\n" if course.profile else without


def requirements() -> str:
    """What to install: what students have, and what judging needs beside it; no versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    staff = [
        line for line in project["optional-dependencies"]["staff"] if _name(line) in STAFF_PACKAGES
    ]
    return "".join(f"{_name(line)}\n" for line in (*project["dependencies"], *staff))


def _name(requirement: str) -> str:
    return re.match(r"[\w.-]+", requirement)[0]


def _paths() -> Iterator[Path]:
    yield from (ROOT / "autograder" / name for name in MODULES)
    yield from (ROOT / "autograder" / "gradescope" / name for name in OF_GRADESCOPE)
    for package in PACKAGES:
        yield from _sources(ROOT / "autograder" / package)
    yield from _sources(ROOT / "tests")
    yield from _sources(ROOT / "starter" / "diffusion")


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if "__pycache__" not in path.parts and path.suffix in (".py", *DATA):
            yield path
