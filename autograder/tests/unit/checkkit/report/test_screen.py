"""What a run prints: each task in a line, each failure once, and where to go on."""

from checkkit.report.page import PartView, TaskView
from checkkit.report.screen import screen
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

WRONG = "x has mean 2, expected 1"


def result(task: str, outcome: Outcome, message: str = "", claim: str = "It is right."):
    return CheckResult(f"test_{task}::{claim}", task, claim, outcome, "Divide by N.", message)


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
        "      ✗ Second.",
        "        not right yet: as above",
        "Next: mean, in diffusion/stats.py",
    ]


def test_a_task_that_is_not_begun_is_a_line_and_the_first_is_next():
    stub = "Part 1 (task mean): fill in mean in diffusion/stats.py"
    mean = [result("mean", Outcome.NOT_ATTEMPTED, stub)] * 3
    spread = [result("spread", Outcome.BLOCKED, stub)] * 2
    lines = lines_of(
        TaskView("mean", "The mean", mean, "stats.py"),
        TaskView("spread", "The spread", spread, "stats.py"),
    )
    assert lines == [
        "Part 1",
        "  ○ mean    not attempted",
        f"  ○ spread  blocked: {stub}",
        f"Next: mean. {stub}",
    ]


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
