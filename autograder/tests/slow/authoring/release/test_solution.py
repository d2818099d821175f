"""A release whose solution fails a check, or whose solved notebook breaks, is none."""

import pytest

from autograder.authoring.run_release import run
from autograder.tests.support.repository import copy_of_the_repository
from autograder.tests.support.thirds import third

pytestmark = pytest.mark.usefixtures("release_build", "notebook_kernel")


@pytest.fixture
def copy(tmp_path):
    """A repository with the profile "sampling"."""
    copy = copy_of_the_repository(tmp_path / "copy")
    third(tmp_path / "third", "sampling")
    profile = tmp_path / "third" / "profiles" / "sampling.yaml"
    (copy / "profiles" / "sampling.yaml").write_text(profile.read_text())
    return copy


def edit(path, before, after):
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))


def test_a_solution_that_fails_a_check_is_not_released(copy, tmp_path, capsys):
    edit(copy / "solution/diffusion/ddpm.py", "alphas = 1 - betas\n", "alphas = 1 - 2 * betas\n")
    assert run(tmp_path / "build", profile="sampling", root=copy) == 1
    printed = capsys.readouterr().out
    assert "the solution does not pass test_schedule::test_alphas_are_one_minus_betas" in printed
    assert "tests/test_schedule.py:" in printed and not (tmp_path / "build").exists()


def test_a_notebook_that_breaks_is_not_released(copy, tmp_path, capsys):
    edit(copy / "notebooks/diffusion.py", "is in {FOLDER};", "is in {FOLDERS};")
    asked = {"profile": "sampling", "root": copy, "only": ("student",)}
    assert run(tmp_path / "build", **asked) == 1
    printed = capsys.readouterr().out
    assert "The solution passes all of them" in printed
    assert "executed, the cell given-setup raises NameError" in printed
    assert not (tmp_path / "build").exists()
    assert run(tmp_path / "build", **asked, execute=False) == 0
