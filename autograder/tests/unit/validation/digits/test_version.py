"""Rows of the calibration are of an older version where its code has changed, and only there."""

import pytest

from autograder.config.paths import REPOSITORY
from autograder.course.passages import shown
from autograder.validation.digits import version
from autograder.validation.digits.methods import METHODS
from autograder.validation.known_bugs.apply import solution_files


def of(method):
    """The version of the files as they are now."""
    return version.of_method.__wrapped__(method)


@pytest.fixture
def instead(monkeypatch):
    """Puts the text of a file in place of the solution's."""
    files = solution_files()

    def instead(file, text):
        monkeypatch.setattr(version, "solution_files", lambda: {**files, file: text})

    return instead


@pytest.mark.parametrize(("method", "file"), [("ddpm", "cfg.py"), ("flow", "flow.py")])
def test_comments_docstrings_and_limits_change_nothing_and_code_does(instead, method, file):
    before, text = version.of_method(method), solution_files()[file]

    def of_text(text):
        instead(file, text)
        return of(method)

    assert of_text(text) == before
    assert of_text(f"# a comment\n{text}") == before
    assert of_text(f"{text}\nX = 1\n") != before
    limited = [of_text(f"{text}\nX = Tier(steps=6, limits={n})\n") for n in (1, 2)]
    assert limited[0] == limited[1] != before


@pytest.mark.parametrize(("method", "other"), [("ddpm", "flow.py"), ("flow", "cfg.py")])
def test_what_only_the_other_method_uses_changes_nothing(instead, method, other):
    before = version.of_method(method)
    instead(other, f"{solution_files()[other]}\nX = 1\n")
    assert of(method) == before


def test_code_for_flow_matching_alone_is_marked_in_the_run_of_both():
    text = REPOSITORY.digits_run.read_text()
    assert "called_as_ddpm" in text
    assert "called_as_ddpm" not in shown(text, "digits.py", METHODS["ddpm"].tasks)
