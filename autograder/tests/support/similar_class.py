"""Submissions to compare: independent ones, a copy of one of them, starters, and worse."""

from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.intake import PACKAGE
from autograder.grading.review.similarity.command import run
from autograder.validation.disguise import disguise
from autograder.validation.known_bugs.apply import solution_files

from .submissions import submission

STARTER = REPOSITORY.starter
STYLES = ("buffers", "own_modules", "stacked", "one_by_one", "functional_unet")
BOMB = "x = " + "[" * 70_000
SCRIPT = "<script>document.title = 'run'</script>"


def files_of(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("*.py"))}


def hand_in(folder: Path, name: str, files: dict[str, str]) -> None:
    """A submission: the starter with these files."""
    own = {f"{PACKAGE}/{file}": text for file, text in files.items()}
    submission(folder / name, "starter", files=own)


@pytest.fixture(scope="session")
def klass(tmp_path_factory) -> Path:
    """Five styles, the solution, its disguised copy, two starters, and two that mean harm."""
    folder = tmp_path_factory.mktemp("class")
    styles = {name: files_of(REPOSITORY.right / name) for name in STYLES}
    for name, files in styles.items():
        hand_in(folder, name, files)
    hand_in(folder, "ada", solution_files())
    hand_in(folder, "=cmd() " + "eve_" * 15, disguise(solution_files(), 3, rewrite=True))
    hand_in(folder, "idle_1", {})
    hand_in(folder, "idle_2", {})
    hand_in(folder, "bomb", {"ddpm.py": BOMB})
    evil = styles["stacked"]["ddpm.py"].replace("training", SCRIPT)
    assert SCRIPT in evil
    hand_in(folder, "evil", {"ddpm.py": evil})
    return folder


@pytest.fixture(scope="session")
def compared(klass, tmp_path_factory) -> Path:
    """The results of `autograder similar` on them."""
    output = tmp_path_factory.mktemp("similar")
    assert run([klass], output) == 0
    return output
