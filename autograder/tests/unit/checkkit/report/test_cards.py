"""A file that cannot be imported is told once, at the top, and not with each check."""

import pytest

from checkkit.report.page import Page, PartView, TaskView, render
from checkkit.runner.outcomes import NotAttempted, Outcome, SubmissionRaised, Unreadable, unreadable
from checkkit.runner.results import CheckResult, cards

FRAMES = (
    '  File "diffusion/training.py", line 3, in <module>\n    from .ddpm import ddpm_forward\n'
    '  File "diffusion/ddpm.py", line 35, in <module>\n    x = (<b>'
)


def result(task: str, error: Exception, outcome: Outcome = Outcome.BLOCKED) -> CheckResult:
    return CheckResult(f"test_{task}::x", task, "It is right.", outcome, "Do this.", str(error))


def test_an_import_says_which_file_cannot_be_read():
    error = unreadable(
        SubmissionRaised("IndentationError", "odd (ddpm.py, line 35)", FRAMES), "diffusion/x.py"
    )
    assert isinstance(error, Unreadable) and error.outcome is Outcome.BLOCKED
    assert str(error) == "diffusion/ddpm.py cannot be read by Python, line 35: odd"


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("ValueError", "x", "ValueError: x"),
        (
            "ModuleNotFoundError",
            "No module named 'blocks'",
            "ModuleNotFoundError: No module named 'blocks'. Is it a file of yours? Then write "
            "`from .blocks import ...`",
        ),
    ],
)
def test_an_import_says_which_line_raised(kind, text, words):
    error = unreadable(SubmissionRaised(kind, text, FRAMES), "diffusion/x.py")
    assert str(error) == f"diffusion/ddpm.py cannot be imported, line 35: {words}"
    assert cards([result("schedule", error)]) == [f"{error}. 1 task waits for it."]


def test_other_exceptions_stay_what_they_are():
    for error in (
        SubmissionRaised("ValueError", "x", FRAMES.replace("<module>", "f")),
        SubmissionRaised("SyntaxError", "source code string cannot contain null bytes", FRAMES),
        SubmissionRaised("SyntaxError", "x", '  File "diffusion/ddpm.py", line 3, in f\n    x'),
        NotAttempted("x"),
    ):
        assert unreadable(error, "diffusion/x.py") is error
    nowhere = SubmissionRaised("SyntaxError", "source code string cannot contain null bytes")
    assert str(unreadable(nowhere, "diffusion/x.py")).startswith("diffusion/x.py cannot be read")


def test_one_card_stands_for_all_checks():
    error = Unreadable("diffusion/ddpm.py", 35, "invalid <syntax>")
    results = [result("schedule", error), result("schedule", error), result("forward", error)]
    other = result("forward", NotAttempted("(task sample): fill in x"), Outcome.NOT_ATTEMPTED)
    where = "diffusion/ddpm.py cannot be read by Python, line 35"
    assert cards([*results, other]) == [f"{where}: invalid <syntax>. 2 tasks wait for it."]
    tasks = [
        TaskView("schedule", "The schedule", results[:2]),
        TaskView("forward", "The loss", [results[2], other]),
    ]
    page = render(Page("Title", "Anna", [PartView("Part 2", tasks)]))
    assert page.count(f"{where}: invalid &lt;syntax&gt;. 2 tasks wait for it.") == 1
    assert page.count("invalid") == 1 and page.count("Do this.") == 0
    assert page.count(f"2 checks wait: {where}.") == 1
    assert page.count(f"1 check waits: {where}.") == 1
    assert page.count("1 check needs code that is not written yet:") == 1
