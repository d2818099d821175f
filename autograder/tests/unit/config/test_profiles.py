"""Profiles: what they take from grading.yaml, and what is said where one is wrong."""

import shutil
from math import isclose
from pathlib import Path

import pytest

from autograder.config import GradingError, load_course
from autograder.config.paths import REPOSITORY
from autograder.grading.intake.source import Student
from autograder.grading.judging.checks import collect_checks
from autograder.grading.judging.consistency import inconsistencies
from autograder.grading.judging.result import NOTHING_TAKEN, Scope, SubmissionResult
from autograder.tests.support.profiles import PROFILES
from checkkit.runner.session import is_named

SMALL = """\
title: A small course
names:
  unet.TimeConditionalUNet: Denoiser
assignments:
  - id: core
    title: Code
    points: 12
    team_size: 2
    parts:
      - id: part1
        title: "Part 1: blocks"
        tasks:
          - {id: blocks, points: 5}
          - {id: time_unet, points: 3}
          - id: hidden_unets
            points: 4
            without: [test_hidden_classes_of_any_number]
  - id: essay
    title: Essay
    points: 2
    due: 2027-01-08T23:59:00+01:00
    parts:
      - id: words
        title: Words
        tasks:
          - id: words
            title: What it is good for
            kind: manual
            points: 2
            figures: [ddpm-samples]
            question: What is it good for?
            marking: 2 for an answer
"""

# what is replaced, by what, the line that must be named, and words that must be said
FAULTS = {
    "typo in a task": ("id: time_unet", "id: time_unett", 14, "did you mean time_unet?"),
    "unknown task": ("id: time_unet", "id: zeroth", 14, "no check grades such a task"),
    "typo in a key": ("points: 3", "pionts: 3", 14, "unknown key; did you mean points"),
    "sum": ("points: 12", "points: 13", 7, "add up to 12, and it says 13"),
    "need not chosen": (
        "          - {id: blocks, points: 5}\n",
        "",
        13,
        "time_unet needs blocks, which is not chosen",
    ),
    "no stub": ("unet.TimeCond", "unet.TimeKond", 3, "is no stub of a task"),
    "stub not chosen": ("unet.TimeConditional", "unet.ClassConditional", 3, "is no stub"),
    "name of another": ("Denoiser", "Conv", 3, "Conv is the name of blocks.Conv already"),
    "no name": ("Denoiser", "A Denoiser", 3, "use letters, digits and _"),
    "no text for an id": ("id: time_unet", "id: [1]", 14, "no check grades"),
    "no teams": ("team_size: 2", "team_size: 0", 8, "greater than or equal to 1"),
    "profile in a profile": (
        "title: A small",
        "profile: x\ntitle: A small",
        1,
        "grading.yaml alone",
    ),
    "checks graded by a person": ("kind: manual", "kind: auto", 26, "no check grades"),
    "figures of checks": ("points: 5", "points: 5, figures: [ddpm-loss]", 13, "means nothing"),
    "no figure": ("[ddpm-samples]", "[DDPM]", 30, "use letters, digits"),
    "no assignment of ours": ("    due: 2027-01-08T23:59:00+01:00\n", "", 18, "due: is missing"),
    "no course": (SMALL, "- 3\n", 1, "not of this form"),
    "no YAML": ("  - id: essay", "   - id: essay", 18, "YAML"),
}


@pytest.fixture
def load(tmp_path: Path):
    """Load grading.yaml with a profile named small of this text."""
    shutil.copy(REPOSITORY.grading, tmp_path)
    folder = tmp_path / "profiles"
    folder.mkdir(parents=True)

    def load(text: str, name: str | None = "small"):
        (folder / "small.yaml").write_text(text)
        return load_course(tmp_path / "grading.yaml", name)

    return load


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_a_whole_course(name):
    course, whole = load_course(profile=name), load_course()
    assert course.profile == name and course.title != whole.title
    for assignment in course.assignments:
        assert isclose(sum(task.regular for task in assignment.tasks), assignment.points)
    known = whole.known_tasks
    assert set(known) == set(course.auto_tasks) | {task.id for task in course.optional}
    for task in course.tasks:
        if task.kind == "manual":
            assert task.question and task.marking and task.points >= 0
        else:
            assert (task.file, task.stubs) == (known[task.id].file, known[task.id].stubs)
            assert set(task.needs) <= set(course.auto_tasks)
    assert any(task.hidden for task in course.tasks)
    for assignment in course.assignments:
        hidden = [task.hidden for task in assignment.tasks if task.kind == "auto"]
        assert hidden == sorted(hidden), "what students see comes first"
    assert ("digits" in course.auto_tasks) == ("cfg_forward" in course.auto_tasks)
    of_digits = {"digits", "digits_flow", "editing_results"}
    assert of_digits & set(course.auto_tasks), "a classifier reads digits in every one of them"


def test_every_profile_fits_the_checks():
    collected = collect_checks()
    for name in PROFILES:
        assert list(inconsistencies(load_course(profile=name), collected)) == []


def test_widths_are_checked_of_the_unets_that_a_course_asks_for():
    test, checks = "test_hidden_widths_of_every_unet", collect_checks().checks
    of_task = {"unet": "unconditional", "time_unet": "time", "class_unet": "class"}
    for name in PROFILES:
        tasks = load_course(profile=name).auto_tasks
        if "hidden_unets" not in tasks:
            assert not {*of_task} & {*tasks}, name
            continue
        left_out = tasks["hidden_unets"].without
        nets = {c.name for c in checks if c.function == test and not is_named(c.name, left_out)}
        asked = {net for task, net in of_task.items() if task in tasks}
        assert nets == {f"test_hidden_unets::{test}[{net}]" for net in asked} != set(), name


def test_what_a_profile_does_not_say_is_grading_yamls(load):
    course, whole = load(SMALL), load_course()
    assert course.late == whole.late
    assert course.assignments[0].due == whole.assignments[0].due
    assert course.assignments[1].due.year == 2027
    blocks = course.auto_tasks["blocks"]
    assert blocks.points == 5 and blocks.title == whole.auto_tasks["blocks"].title
    assert course.auto_tasks["hidden_unets"].without == ("test_hidden_classes_of_any_number",)
    assert "schedule" not in course.auto_tasks
    assert {"schedule", "fc"} <= {task.id for task in course.optional}


def test_grading_yaml_may_name_its_profile_and_the_command_line_goes_first(load, tmp_path):
    load(SMALL)
    text = (tmp_path / "grading.yaml").read_text()
    (tmp_path / "grading.yaml").write_text(f"profile: small\n{text}")
    assert load(SMALL, None).title == "A small course"
    other = SMALL.replace("A small course", "Another course")
    (tmp_path / "profiles" / "other.yaml").write_text(other)
    assert load(SMALL, "other").title == "Another course"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_line_and_advice(load, fault):
    right, wrong, line, words = FAULTS[fault]
    assert right in SMALL
    with pytest.raises(GradingError) as caught:
        load(SMALL.replace(right, wrong, 1))
    problems = caught.value.problems
    assert all(problem.file.name == "small.yaml" for problem in problems)
    said = [(problem.line, f"{problem.field}: {problem.advice}") for problem in problems]
    assert any(at == line and words in text for at, text in said), said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("smal", "did you mean small?"),
        ("nowhere", "choose from small"),
        ("../small", "did you mean small?"),
        ("../../grading", "choose from small"),
    ],
)
def test_an_unknown_profile_is_refused_with_those_that_there_are(load, name, words):
    load(SMALL)
    with pytest.raises(GradingError) as caught:
        load(SMALL, name)
    (problem,) = caught.value.problems
    assert repr(name) in problem.advice and words in problem.advice


def test_left_out_checks_that_there_are_not_are_told(load):
    course = load(SMALL.replace("[test_hidden_classes_of_any_number]", "[test_nothing]"))
    assert any(
        "without names test_nothing, which is none of its checks" in end
        for end in inconsistencies(course, collect_checks())
    )


def test_staff_are_told_of_too_large_a_team(load, tmp_path):
    scope = Scope(load(SMALL), (), ())
    graded = SubmissionResult("anna", tmp_path, scope, "bwrap", True, finished=True)
    names = [Student(name, name, "") for name in ("anna", "ben", "cleo")]
    for count in (0, 1, 2, 3):
        graded.students = tuple(names[:count])
        told = "handed in by 3; a team has 2 at most" in graded.flags()
        assert told == (count == 3)


def test_nothing_is_taken_only_if_no_file_of_the_profile_is(tmp_path):
    scope = Scope(load_course(profile="part_4"), (), ())
    graded = SubmissionResult("anna", tmp_path, scope, "bwrap", True, finished=True)
    files = [f"diffusion/{task.file}" for task in scope.course.tasks if task.stubs]
    for taken in ({"diffusion/ddim.py"}, {"diffusion/blocks.py"}, set()):
        graded.from_starter = tuple(sorted({*files} - taken))
        assert (NOTHING_TAKEN in graded.flags()) == (not taken)
        assert graded.urgent == (not taken)


def test_teams_are_those_of_the_handouts(load):
    assert [a.team_size for a in load(SMALL).assignments] == [2, None]
    assert [a.team_size for a in load_course(profile="wisconsin_bmi771").assignments] == [3, 3, 3]
    assert [a.team_size for a in load_course(profile="cornell_5b").assignments] == [1, 1, 1]
