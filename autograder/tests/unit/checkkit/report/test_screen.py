"""What a run prints: each task in a line, each failure once, the points, and where to go on."""

from checkkit.report.page import PartView, TaskView
from checkkit.report.screen import screen
from checkkit.runner.outcomes import Outcome
from checkkit.runner.points import UNSUPPORTED, Worth
from checkkit.runner.results import CheckResult

WRONG = "x has mean 2, expected 1"


def result(task: str, outcome: Outcome, message: str = "", claim: str = "It is right.", **more):
    return CheckResult(
        f"test_{task}::{claim}", task, claim, outcome, "Divide by N.", message, **more
    )


def lines_of(*tasks: TaskView) -> list[str]:
    return "\n".join(screen([PartView("Part 1", tasks)])).splitlines()


def test_a_mistake_is_told_once_and_a_hint_with_it():
    failed = [result("mean", Outcome.FAILED, WRONG, claim) for claim in ("First.", "Second.")]
    passed = result("mean", Outcome.PASSED)
    lines = lines_of(TaskView("mean", "The mean", [*failed, passed], "stats.py"))
    assert lines == [
        "Part 1",
        "  ◐ mean  1 of 3 checks passed",
        "      ✗ First.",
        f"        not right yet: {WRONG}",
        "        hint: Divide by N.",
        "      ✗ Second. (as above)",
        "Next: mean, in diffusion/stats.py",
    ]


def test_an_exception_of_one_line_is_told_once_whatever_the_sizes():
    raised = "diffusion/stats.py, line 9: return a + b\n{}\nRuntimeError: The size of a ({})"
    crashes = [
        result("mean", Outcome.FAILED, raised.format(*words), claim, inside=("mean",))
        for claim, *words in (("First.", "a is (N,)", 64), ("Second.", "a is (3,)", 3))
    ]
    other = result("mean", Outcome.FAILED, raised.replace("9", "8"), "Third.", inside=("mean",))
    lines = lines_of(TaskView("mean", "The mean", [*crashes, other], "stats.py"))
    assert "      ✗ Second. (as above)" in lines and "      ✗ Third." in lines


def test_no_hint_stands_beside_a_known_mistake():
    known = result("mean", Outcome.FAILED, "x is 2\nYou divide by N - 1.", mistake="N - 1")
    other = result("mean", Outcome.FAILED, WRONG, "Second.")
    lines = lines_of(TaskView("mean", "The mean", [other, known], "stats.py"))
    assert f"        not right yet: {WRONG}" in lines
    assert not any("hint:" in line for line in lines)


def test_notes_stand_before_the_points_and_what_is_next():
    task = TaskView("mean", "", [result("mean", Outcome.FAILED, WRONG)], earned=0, points=3)
    lines = [*screen([PartView("Part 1", [task])], ["Repeat it."])]
    assert lines[-3:] == ["Repeat it.", "Points so far: 0 of 3 (visible checks)", "Next: mean"]


def test_why_what_passed_gives_no_points_is_told_below_the_task():
    checks = [result("mean", Outcome.PASSED), result("mean", Outcome.FAILED, WRONG, "Other.")]
    worth = Worth(4, {one.check: 1.0 for one in checks}, frozenset({checks[0].check}))
    assert worth.earned(checks) == 0 and worth.remark(checks) == UNSUPPORTED
    task = TaskView("mean", "", checks, earned=0, points=4, note=worth.remark(checks))
    assert lines_of(task)[1:3] == [
        "  ◐ mean  1 of 2 checks passed, 0 of 4 points",
        f"      {UNSUPPORTED}",
    ]
    assert Worth(4, worth.weights).remark(checks) == "" == worth.remark(checks[1:])


def test_many_checks_with_one_cause_are_a_line():
    numbers = [result("mean", Outcome.FAILED, f"x is {n}.5", f"Claim {n}.") for n in range(9)]
    lines = lines_of(TaskView("mean", "The mean", numbers, "stats.py"))
    assert "        not right yet: x is 0.5" in lines
    assert lines[-2] == "      ✗ 8 more checks (as above)"


def test_a_file_that_python_cannot_read_is_next():
    broken = "diffusion/stats.py cannot be read by Python, line 3: '(' was never closed"
    lines = lines_of(TaskView("mean", "", [result("mean", Outcome.BLOCKED, broken)] * 2))
    assert lines[0].startswith(broken) and lines[-1].startswith("Next: diffusion/stats.py cannot")
    assert "  ○ mean  waits for diffusion/stats.py" in lines


def test_a_task_that_is_not_begun_is_a_line_and_the_first_is_next():
    stub = "Part 1 (task mean): fill in Mean.forward in diffusion/stats.py"
    mean = [result("mean", Outcome.NOT_ATTEMPTED, stub)] * 3
    spread = [result("spread", Outcome.BLOCKED, stub)] * 2
    of_mean = TaskView("mean", "The mean", mean, "stats.py", section="1.2", minutes=40)
    of_spread = TaskView("spread", "The spread", spread, "stats.py")
    assert lines_of(of_mean, of_spread) == [
        "Part 1",
        "  ○ mean    not attempted",
        "  ○ spread  waits for mean",
        "Next: mean, in diffusion/stats.py (handout 1.2, about 40 minutes): fill in Mean.forward",
    ]
    assert lines_of(of_spread) == ["Part 1", f"  ○ spread  {stub}", f"Next: spread. {stub}"]


def test_what_is_half_done_has_a_section_and_no_time():
    half = [result("mean", Outcome.PASSED), result("mean", Outcome.FAILED, WRONG)]
    lines = lines_of(TaskView("mean", "", half, "stats.py", section="1.2", minutes=40))
    assert lines[-1] == "Next: mean, in diffusion/stats.py (handout 1.2)"


def test_points_of_a_bonus_are_beyond_those_that_can_be_had():
    right = result("mean", Outcome.PASSED)
    tasks = [
        TaskView("mean", "", [right], earned=3, points=3),
        TaskView("mode", "", [right], earned=2, points=4, bonus=True),
    ]
    lines = lines_of(*tasks)
    assert "  ✓ mode  all right, 1 check passed, 2 of 4 bonus points" in lines
    assert "Points so far: 5 (+2 bonus) of 3 (visible checks)" in lines


def test_points_so_far_are_told_where_they_are_known():
    half = [result("mean", Outcome.PASSED), result("mean", Outcome.FAILED, WRONG)]
    known = TaskView("mean", "", half, "stats.py", earned=2.5, points=5)
    lines = lines_of(known, TaskView("spread", "", [], earned=0, points=3))
    assert "  ◐ mean    1 of 2 checks passed, 2.5 of 5 points" in lines
    assert "  – spread  not run" in lines
    assert "Points so far: 2.5 of 8 (visible checks)" in lines
    assert not any("Points" in line for line in lines_of(known, TaskView("spread", "", half)))


def test_who_has_everything_reads_no_next():
    right = [result("mean", Outcome.PASSED)] * 2
    lines = lines_of(TaskView("mean", "", [*right, result("mean", Outcome.NOT_RUN)], "stats.py"))
    assert lines == ["Part 1", "  – mean  2 of 3 checks passed, 1 not run"]
    assert lines_of(TaskView("mean", "", right, "")) == [
        "Part 1",
        "  ✓ mean  all right, 2 of 2 checks passed",
    ]


def test_nothing_of_a_submission_reaches_the_terminal_as_a_command():
    task = TaskView("mean", "", [result("mean", Outcome.CRASHED, "\x1b[2J")], "stats.py")
    assert "\x1b" not in "".join(lines_of(task))
