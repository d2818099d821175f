"""The pictures of mistakes: their bugs exist, and the handout speaks of each picture."""

from itertools import chain

import pytest

from autograder.config.paths import REPOSITORY
from autograder.validation.digits.mistakes import PICTURES, RIGHT
from autograder.validation.known_bugs.entries import load_entries


def test_every_row_but_the_right_one_is_a_known_bug():
    names = set(chain.from_iterable(labels for _, labels in PICTURES.values()))
    assert names - {bug.name for bug in load_entries().bugs} == {RIGHT}


@pytest.mark.parametrize("picture", PICTURES, ids=str)
def test_the_picture_is_committed_small_and_in_the_handout(picture):
    path = picture.below(REPOSITORY.root)
    assert 10_000 < path.stat().st_size < 100_000
    assert f"figures/{path.name}" in REPOSITORY.handout.read_text()
