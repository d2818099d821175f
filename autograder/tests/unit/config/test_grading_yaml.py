"""grading.yaml: every fault is named with its line and with what to do about it."""

from pathlib import Path

import pytest

from autograder.config import GradingError, load_course
from autograder.grading.judging.checks import CheckInfo, Collected, collect_checks
from autograder.grading.judging.consistency import inconsistencies

COURSE = """\
assignments:
  - id: core
    title: Core
    points: 10
    due: 2026-12-11T23:59:00+01:00
    parts:
      - id: part1
        title: Part 1
        tasks:
          - {id: first, title: First, points: 4, file: a.py, stubs: [f]}
          - {id: second, title: Second, points: 6, file: a.py, needs: [first]}
  - id: essay
    title: Essay
    points: 2
    due: 2026-12-12T23:59:00+01:00
    parts:
      - id: words
        title: Words
        tasks:
          - id: third
            title: Third
            kind: manual
            points: 2
            marking: |
              1 for words
              1 for more words
"""

MARKING = COURSE[COURSE.index("            marking") :]
TASKS = COURSE[COURSE.index("          - {id: first") : COURSE.index("  - id: essay")]
LATE = "    late: {percent_per_day: 10, max_percent: 50}"
OWN_LIMIT = "points: 0\n    max_bonus: 0"
MX = "mx_percent: unknown key; did you mean max_percent"

# what is replaced, by what, the line that must be named, and words that must be said
FAULTS = {
    "typo in a key": ("title: First", "titel: First", 10, "titel: unknown key; did you mean title"),
    "missing key": ("title: First, ", "", 10, "first > title: is missing"),
    "doubled task": ("id: second", "id: first", 11, "first is taken"),
    "sum too small": ("points: 10", "points: 11", 4, "add up to 10, and it says 11"),
    "negative points": ("points: 4", "points: -4", 10, "greater than or equal to 0, not -4"),
    "too fine": ("points: 4", "points: 4.005", 10, "points have two decimals at most"),
    "decimal comma": ("points: 10", "points: 6,5", 4, "write 6.5 with a point"),
    "decimal comma in braces": ("points: 4", "points: 6,5", 10, "write 6.5 with a point"),
    "colon in a text": ("title: Core", "title: Core: one", 3, "in quotes"),
    "points in words": ("points: 4", "points: four", 10, "valid number, not 'four'"),
    "unknown need": ("needs: [first]", "needs: [zeroth]", 11, "zeroth is no auto task"),
    "base that is no need": ("needs: [first]", "rests_on: [first]", 11, "does not need first"),
    "circular need": ("stubs: [f]", "needs: [second]", 10, "second needs first in turn"),
    "bad visibility": ("stubs: [f]", "visibility: later", 10, "'after_published', not 'later'"),
    "no time zone": ("23:59:00+01:00", "23:59:00", 5, "has no time zone"),
    "no zone of that name": (
        "assignments:",
        "timezone: Rome\nassignments:",
        1,
        "no such time zone",
    ),
    "offset of another day": (
        "assignments:\n  - id: core",
        "timezone: America/New_York\nassignments:\n  - id: core",
        6,
        "is 2026-12-11T17:59:00-05:00 in America/New_York; leave out the offset",
    ),
    "no time of day": ("2026-12-11T23:59:00+01:00", "2026-12-11", 5, "is no date with a time"),
    "seconds since 1970": ("2026-12-11T23:59:00+01:00", "20261211", 5, "is no date with a time"),
    "no date": ("2026-12-11T23:59:00+01:00", "soon", 5, "is no date"),
    "no marking": (MARKING, "", 20, "a manual task says how it is marked"),
    "marking too large": ("1 for words", "2 for words", 24, "add up to 3"),
    "marking of auto": ("stubs: [f]", "marking: one", 10, "say kind: manual"),
    "weights of manual": (MARKING, f"{MARKING}            weights: {{x: 1}}", 27, "means nothing"),
    "unknown kind": ("kind: manual", "kind: automatic", 22, "'auto' or 'manual', not 'automatic'"),
    "no patience at all": ("stubs: [f]", "time_limit: 0", 10, "greater than 0, not 0"),
    "a task of no minutes": ("stubs: [f]", "minutes: 0", 10, "greater than 0, not 0"),
    "weight of nothing": ("stubs: [f]", "weights: {test_x: 0}", 10, "greater than 0, not 0"),
    "stub without a file": ("file: a.py, stubs", "stubs", 10, "stubs lie in a file"),
    "stub of two tasks": ("needs: [first]", "stubs: [f]", 11, "f belongs to first already"),
    "doubled key": ("points: 10", "points: 10\n    points: 10", 5, "duplicate key"),
    "no YAML": ("  - id: essay", "   - id: essay", 12, "YAML"),
    "no tasks": (TASKS, "          []\n", 9, "is empty; add an entry"),
    "typo in the policy": ("points: 10", f"points: 10\n{LATE}".replace("max", "mx"), 5, MX),
    "more than all": ("points: 10", f"points: 10\n{LATE}".replace("50", "101"), 5, "equal to 100"),
    "day above the cap": ("points: 10", f"points: 10\n{LATE}".replace("50", "5"), 5, "raise this"),
    "no price": ("points: 10", "points: 10\n    late: {}", 5, "percent_per_day: is missing"),
    "nothing of the policy": ("points: 10", "points: 10\n    late:", 5, "late: is empty"),
    "nothing of a task": ("stubs: [f]", "note: ", 10, "first > note: is empty"),
    "nothing of the course": ("assignments:", "late: ~\nassignments:", 1, "late: is empty"),
    "no time of its own": ("points: 2\n", f"points: 2\n{LATE}\n", 15, "people alone grade this"),
    "bonus in words": ("stubs: [f]", "bonus: some", 10, "valid boolean"),
    "bonus in the sum": ("needs: [first]", "bonus: true", 4, "add up to 4 without its bonus tasks"),
    "no bonus to limit": (
        "points: 10",
        "points: 10\n    max_bonus: 1",
        5,
        "no task of it is a bonus",
    ),
    "a limit of nothing": (
        "title: Core\n    points: 10",
        "title: Core\n    bonus: true\n    max_bonus: 11\n    points: 0",
        5,
        "its bonus tasks add up to 10 only",
    ),
    "not a course": (COURSE, "- 3\n", 1, "not of this form"),
}


@pytest.fixture
def load(tmp_path: Path):
    def load(text: str):
        path = tmp_path / "grading.yaml"
        path.write_text(text)
        return load_course(path)

    return load


def test_committed_file_is_valid():
    core = load_course().assignments[0]
    assert core.points == 100
    assert sum(task.points for task in core.tasks) == 100


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named_with_file_line_and_advice(load, fault):
    right, wrong, line, words = FAULTS[fault]
    assert COURSE.count(right) >= 1
    with pytest.raises(GradingError) as caught:
        load(COURSE.replace(right, wrong, 1))
    problems = caught.value.problems
    assert any(p.line == line and words in f"{p.field}: {p.advice}" for p in problems), str(
        caught.value
    )
    assert str(problems[0]).startswith(f"{problems[0].file}:{problems[0].line}: ")


def test_course_without_faults_is_accepted(load):
    course = load(COURSE)
    assert [task.id for task in course.tasks] == ["first", "second", "third"]
    assert list(course.auto_tasks) == ["first", "second"]


def test_the_policy_of_an_assignment_takes_the_place_of_the_courses(load):
    assert load(COURSE).late_policy(load(COURSE).assignments[0]) is None
    course = load(f"late: {{percent_per_day: 20, grace_minutes: 5}}\n{COURSE}")
    core, essay = course.assignments
    assert course.late_policy(core).percent_per_day == 20
    assert course.late_policy(core).max_percent == 100
    assert course.late_policy(essay) is None, "it is handed in elsewhere"
    own = COURSE.replace("points: 10", f"points: 10\n{LATE}", 1)
    course = load(f"late: {{percent_per_day: 20}}\n{own}")
    assert course.late_policy(course.assignments[0]).percent_per_day == 10


def test_bonus_of_a_part_or_an_assignment_holds_for_tasks_that_say_nothing(load):
    of_part = COURSE.replace("title: Part 1", "title: Part 1\n        bonus: true")
    of_part = of_part.replace("stubs: [f]", "bonus: false").replace("points: 10", "points: 4")
    assert [task.bonus for task in load(of_part).tasks] == [False, True, False]
    of_all = COURSE.replace("points: 10", "bonus: true\n    points: 0")
    (core, essay) = load(of_all).assignments
    assert [task.bonus for task in load(of_all).tasks] == [True, True, False]
    assert (core.bonus_points, essay.bonus_points) == (10, 0)


def test_the_limit_of_an_assignment_takes_the_place_of_the_courses(load):
    bonus = COURSE.replace("points: 10", "bonus: true\n    points: 0")
    assert load(bonus).max_bonus_of(load(bonus).assignments[0]) is None
    course = load(f"max_bonus: 3\n{bonus}")
    assert course.max_bonus_of(course.assignments[0]) == 3
    course = load(f"max_bonus: 3\n{bonus.replace('points: 0', OWN_LIMIT)}")
    assert course.max_bonus_of(course.assignments[0]) == 0


def test_all_faults_are_named_at_once(load):
    with pytest.raises(GradingError) as caught:
        load(COURSE.replace("points: 10", "points: x").replace("kind: manual", "kind: x"))
    assert [problem.line for problem in caught.value.problems] == [4, 22]


def test_missing_file_is_named(tmp_path):
    with pytest.raises(GradingError, match=r"nowhere\.yaml:1: file: there is none"):
        load_course(tmp_path / "nowhere.yaml")


# ------------------------------------------------------------------------- tasks and checks


def test_every_task_has_its_checks_and_every_check_its_task():
    assert list(inconsistencies(load_course(), collect_checks())) == []


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (CheckInfo("test_a::test_x", "zeroth", False, False), "no auto task zeroth"),
        (CheckInfo("test_a::test_x", "third", False, False), "no auto task third"),
        (CheckInfo("test_a::test_x", "second", True, False), "its task second is visible"),
        (CheckInfo("test_a::test_first", "second", False, False), "2 checks have this name"),
    ],
)
def test_a_check_without_its_task_is_named(load, check, words):
    course = load(COURSE)
    held = [CheckInfo(f"test_a::test_{name}", name, False, False) for name in course.auto_tasks]
    assert list(inconsistencies(course, Collected(tuple(held)))) == []
    assert any(words in end for end in inconsistencies(course, Collected((*held, check))))


def test_task_without_checks_and_weight_without_check_are_named(load):
    course = load(COURSE.replace("stubs: [f]", "weights: {test_y: 2}"))
    ends = list(
        inconsistencies(course, Collected((CheckInfo("test_a::test_x", "first", False, False),)))
    )
    assert any("task second: no check" in end for end in ends)
    assert any("task first: weights names test_y" in end for end in ends)


def test_a_due_time_that_the_clocks_skip_is_named(tmp_path):
    text = COURSE.replace("2026-12-11T23:59:00+01:00", "2027-03-28T02:30")
    path = tmp_path / "grading.yaml"
    path.write_text(f"timezone: Europe/Berlin\n{text.replace('+01:00', '')}")
    with pytest.raises(GradingError) as caught:
        load_course(path)
    assert "6: " in str(caught.value)
    assert "is skipped by the clocks of Europe/Berlin" in str(caught.value)
