"""The handout and the docstrings speak of the same equations, algorithms, figures and tasks."""

import re

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY

HANDOUT = (REPOSITORY.handout).read_text()
DOCSTRINGS = "".join(path.read_text() for path in (REPOSITORY.solution_package).glob("*.py"))
SHARED_FILES = {"train_ddpm": "training", "train_ddpm_cfg": "training", "digits_gpu": "digits"}


def referred_to(word):
    """The numbers that the docstrings name after a word: "equations 8 to 10" are 8 and 10."""
    lists = re.findall(rf"{word}s? ([\d.]+(?:(?:,| and| to) [\d.]+)*)", DOCSTRINGS)
    return {number.rstrip(".") for text in lists for number in re.findall(r"[\d.]+", text)}


def test_equations_are_numbered_in_order():
    numbered = re.findall(r"\\qquad \((\d+)\)\$\$", HANDOUT)
    assert numbered == [str(number) for number in range(1, len(numbered) + 1)]
    assert referred_to("equation") and referred_to("equation") <= set(numbered)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("algorithm", r"\*\*Algorithm (\d):"),
        ("figure", r"\*Figure (\d)\."),
        ("part", r"^##+ (?:Part )?(\d(?:\.\d)?)"),
    ],
)
def test_what_docstrings_refer_to_is_in_the_handout(word, shown):
    numbers = set(re.findall(shown, HANDOUT, re.MULTILINE))
    assert referred_to(word) and referred_to(word) <= numbers


def test_every_visible_task_is_named_and_its_checks_are_where_the_handout_says():
    for task in load_course().auto_tasks.values():
        if not task.hidden:
            assert task.id == "digits_gpu" or f"`{task.id}`" in HANDOUT, task.id
            stem = f"test_{SHARED_FILES.get(task.id, task.id)}"
            source = (REPOSITORY.checks / f"{stem}.py").read_text()
            assert re.search(rf"\b{task.id}\b", source), task.id
