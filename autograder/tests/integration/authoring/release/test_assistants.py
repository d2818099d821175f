"""AGENTS.md, which tells AI assistants in the students' folder what the course wants of them."""

import pytest

from autograder.authoring.release.student import ASSISTANTS, student_files
from autograder.config import load_course
from autograder.config.paths import REPOSITORY


@pytest.mark.parametrize(
    ("wanted", "says"),
    [("explain", "help without solving"), ("refuse", "does not allow AI assistants"), ("free", "")],
)
def test_the_course_decides_what_assistants_read(wanted, says):
    course = load_course().model_copy(update={"assistants": wanted})
    files = student_files(REPOSITORY.root, course, b"")
    assert (ASSISTANTS in files) == bool(says)
    assert says in files.get(ASSISTANTS, b"").decode()


def test_a_profile_has_the_rule_of_grading_yaml_by_default():
    assert load_course(profile="cornell_5b").assistants == load_course().assistants == "explain"
