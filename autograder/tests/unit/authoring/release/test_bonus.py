"""Bonus tasks in what students get: the table of points, the questions, the notebook's cells."""

import json

import pytest

from autograder.authoring.lint.points_table import points_table
from autograder.authoring.release import student_pages
from autograder.authoring.release.notebook.building import _call
from autograder.authoring.release.parts import PARTS, parts_text
from autograder.authoring.release.preface import preface
from autograder.config import load_course
from autograder.config.paths import REPOSITORY

PROFILE = """\
title: With a bonus
assignments:
  - id: core
    title: Code
    points: 3
    max_bonus: 5
    parts:
      - id: part2
        title: Part 2
        tasks:
          - {id: schedule, points: 3}
          - {id: forward, points: 4, bonus: true}
          - {id: hidden_forward, points: 1, bonus: true}
          - {id: idea, title: Idea, kind: manual, points: 2, bonus: true, question: Which?,
             marking: 2 for an idea}
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / "grading.yaml").write_bytes(REPOSITORY.grading.read_bytes())
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "bonus.yaml").write_text(PROFILE)
    return load_course(tmp_path / "grading.yaml", "bonus")


def test_the_readme_has_a_row_of_the_bonus_and_its_limit(course):
    parts = parts_text(course, REPOSITORY).encode()
    page = student_pages.readme(course, REPOSITORY, {PARTS: parts})
    assert "(`schedule`) | `diffusion/ddpm.py` | 3 |" in page
    assert "(`forward`) | `diffusion/ddpm.py` | +4 |" in page
    assert "further checks, after you hand in |  | +1 |" in page
    assert "| **Code** | | | **3** |" in page
    assert "| **Code**, bonus, of which at most 5 count | | | +7 |" in page
    assert "**3** +7 |" in points_table(course, ())


def test_questions_and_cells_say_that_they_are_a_bonus(course):
    assert "**Hand in: Idea** (2 bonus points). Which?" in preface(course)
    report = student_pages.report_page(course, REPOSITORY, {})
    assert "## Idea (2 bonus points)" in report
    assert _call(course.auto_tasks["forward"]).startswith('check("forward", points=4, bonus=True')
    assert _call(course.auto_tasks["schedule"]) == 'check("schedule", points=3)'


def test_students_runs_know_the_bonus(course):
    (part,) = json.loads(parts_text(course, REPOSITORY))["parts"]
    assert [task.get("bonus", False) for task in part["tasks"]] == [False, True]
