"""Grading with a profile: the course's own tasks, under its own names, and nothing else."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.course.starter import generated, solved
from autograder.grading.judging.checks import collect_checks
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.scope import scope_of
from autograder.tests.support.grade_command import Run, grade
from autograder.tests.support.profiles import OWN, PROFILES
from autograder.tests.support.submissions import make_folder
from autograder.validation.known_bugs.apply import write_package
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.known_bugs.forking import run_forked
from autograder.validation.known_bugs.judging import endings_of, judge_package
from checkkit.runner.outcomes import Outcome

# What goes after the hook by which the course's names are found: the module that a probe gets is
# ours, every name in it leads to a net that says yes to everything, and so does the other name.
FORGER = """
import sys, types
import torch
from torch import nn

class Yes(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
    def __eq__(self, other):
        return True
    __hash__ = nn.Module.__hash__
    def forward(self, x, *more, **named):
        return self.weight * x

class Everything(types.ModuleType):
    def __getattr__(self, name):
        return Yes

ends = "runner.names", "runner.local"
for runner in [m for n, m in list(sys.modules.items()) if n.endswith(ends)]:
    runner.with_course_names = lambda module, name, names: Everything(name)
    runner.in_course_words = lambda text, names: "passed"
ConditionalDenoisingUNet = DenoisingUNet = TimeConditionalUNet = ClassConditionalUNet = Yes
sys.modules[__name__].__class__ = Everything
"""
TASKS = ("fc", "time_unet", "class_behaviour")


def judge_all(jobs):
    """Each (name, writer, scope) in a process of its own; the endings of its checks."""
    forked = [
        partial(judge_package, name, writer, [scope], Judge("7", training=False))
        for name, writer, scope in jobs
    ]
    endings: dict[int, dict] = {}
    for ended in run_forked(forked, 2, 300):
        assert ended.report, ended.problem
        endings[ended.number] = endings_of(ended.report)
    return [endings[number] for number in range(len(jobs))]


@pytest.fixture(scope="module")
def scopes(grading_run):
    """Profile -> all that it grades."""
    courses = {name: load_course(profile=name) for name in PROFILES}
    return {name: scope_of(course, tuple(course.auto_tasks))[0] for name, course in courses.items()}


def test_the_solution_of_a_course_passes_all_its_checks(scopes):
    jobs = [
        (
            name,
            partial(make_folder, files=solved(REPOSITORY.root, scopes[name].course)),
            scopes[name],
        )
        for name in OWN
    ]
    for name, endings in zip(OWN, judge_all(jobs), strict=True):
        assert set(endings) == {check.name for check in scopes[name].checks}
        failed = {check: end.message for check, end in endings.items() if end.failed}
        assert failed == {}, name


def test_nothing_of_a_starter_is_attempted_or_passes(scopes):
    """But for checks that ask whether something is refused: they count beside others alone."""
    jobs = [
        (
            name,
            partial(make_folder, files=generated(REPOSITORY.root, scopes[name].course)),
            scopes[name],
        )
        for name in OWN
    ]
    allowed = {Outcome.NOT_ATTEMPTED, Outcome.BLOCKED, Outcome.NOT_RUN}
    for endings in judge_all(jobs):
        wrong = {name: str(e) for name, e in endings.items() if e.outcome not in allowed}
        assert not wrong


def test_a_course_is_judged_by_its_own_checks(scopes):
    checks = {check.name: check for check in collect_checks().checks}
    for name, scope in scopes.items():
        for check in scope.checks:
            assert checks[check.name].task in scope.course.auto_tasks
        if "hidden_unets" not in scope.course.auto_tasks:
            continue
        of_unets = {check.function for check in scope.checks_of["hidden_unets"]}
        assert ("test_hidden_all_or_none_dropped" in of_unets) == (name != "neural_graphics")
    loops = [check.name for check in scopes["berkeley_cs180"].checks_of["hidden_training"]]
    assert loops and not any("[train_ddpm]" in name for name in loops)
    assert "TimeConditionalUNet" not in "".join(
        c.sentence for c in scopes["neural_graphics"].checks
    )


RIGHT_IN_ITS_WAY = ("class_added", "class_added_then_multiplied", "mask_after_the_embedding")
WRONG_IN_ANY_WAY = (
    "mask_ignored",
    "mask_broadcasts",
    "mask_means_class_zero",
    "unet_mask_inverted",
)


def test_free_conditioning_passes_whatever_behaves_and_nothing_else(scopes):
    course = scopes["neural_graphics"].course
    scope, _ = scope_of(course, ("class_behaviour",))
    entries = {entry.name: entry for entry in load_entries().all}
    names = [*RIGHT_IN_ITS_WAY, *WRONG_IN_ANY_WAY]
    jobs = [(name, partial(write_package, entries[name]), scope) for name in names]
    for name, endings in zip(names, judge_all(jobs), strict=True):
        failed = [check for check, ending in endings.items() if ending.failed]
        assert bool(failed) == (name in WRONG_IN_ANY_WAY), (name, failed)


def test_a_net_to_which_the_time_is_added_fails_where_it_should_multiply(scopes):
    """Of the course that asks for the one net under the name of the other."""
    course = scopes["berkeley_flow"].course
    right = solved(REPOSITORY.root, course)
    net = right["diffusion/unet.py"]
    added = net.replace("modulated(x, c1=t1, c2=t2)", "modulated(x, t1=t1, t2=t2)")
    assert added != net
    wrong = partial(make_folder, files={**right, "diffusion/unet.py": added})
    (endings,) = judge_all([("added", wrong, scopes["berkeley_flow"])])
    failed = {check for check, ending in endings.items() if ending.failed}
    assert failed and {check.partition("::")[0] for check in failed} == {"test_scaled_time_unet"}


@pytest.mark.parametrize("profile", ["berkeley_5a", "cornell_5a", "student_report"])
def test_clean_pixels_that_are_pasted_cost_points_of_inpainting_alone(scopes, profile):
    right = solved(REPOSITORY.root, scopes[profile].course)
    code = right["diffusion/inpainting.py"]
    pasted = code.replace("noisy_at(model, x_0, t_prev, generator)", "x_0")
    assert pasted != code
    wrong = partial(make_folder, files={**right, "diffusion/inpainting.py": pasted})
    (endings,) = judge_all([("clean", wrong, scopes[profile])])
    failed = {check.partition("::")[0] for check, ending in endings.items() if ending.failed}
    assert "test_editing_inpaint" in failed
    assert failed <= {"test_editing_inpaint", "test_hidden_inpaint"}


# ------------------------------------------------------------------- as a TA would, in the sandbox


@pytest.fixture(scope="module")
def run(grading_run, tmp_path_factory) -> Run:
    """A starter, the solution, one that attacks the names, and one that lacks a net."""
    folder = tmp_path_factory.mktemp("handed-in")
    course = load_course(profile="neural_graphics")
    make_folder(folder / "starter", generated(REPOSITORY.root, course))
    right = solved(REPOSITORY.root, course)
    make_folder(folder / "right", right)
    make_folder(folder / "forger", {**right, "diffusion/unet.py": FORGER})
    lacking = right["diffusion/unet.py"].replace("class DenoisingUNet", "class TimeNet")
    make_folder(folder / "lacking", {**right, "diffusion/unet.py": lacking})
    only = [word for task in TASKS for word in ("--only", task)]
    paths = [folder / name for name in ("starter", "right", "forger", "lacking")]
    arguments = [*paths, "--profile", "neural_graphics", "--skip-training", "--seed", "7", *only]
    return grade(tmp_path_factory.mktemp("results"), *arguments)


def test_grade_takes_a_profile(run):
    assert run.status == 0, run.stderr
    assert set(run.outcomes("right").values()) == {"passed"}
    ends = {check: end for check, end in run.outcomes("starter").items() if "hidden" not in check}
    assert ends and set(ends.values()) <= {"not attempted", "blocked"}
    page = (run.folder / "lacking" / "report.html").read_text()
    assert "DenoisingUNet" in page and "TimeConditionalUNet" not in page
    assert "The fully connected op" in page and "one-step" not in page


def test_names_cannot_be_used_to_forge(run):
    outcomes = run.outcomes("forger")
    nets = {check: end for check, end in outcomes.items() if not check.startswith("test_fc::")}
    assert nets and "passed" not in {
        end for check, end in nets.items() if check not in _supporting()
    }
    fc = {end for check, end in outcomes.items() if check.startswith("test_fc::")}
    assert "passed" not in fc or fc == {"passed"}


def _supporting() -> set[str]:
    return {check.name for check in collect_checks().checks if check.supporting}


def test_messages_say_the_names_of_the_course(run):
    tests = {test["extra_data"]["check"]: test for test in run.results("lacking")["tests"]}
    said = [test["output"] for name, test in tests.items() if name.startswith("test_time_unet::")]
    assert said and all("DenoisingUNet" in text for text in said)
    assert not any("TimeConditionalUNet" in text for text in said)


@pytest.mark.usefixtures("grading_run")
def test_an_unknown_profile_grades_nothing(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "autograder", "grade", str(REPOSITORY.starter)),
            *("--profile", "neural_graphic", "--output", str(tmp_path / "results")),
        ],
        cwd=REPOSITORY.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "did you mean neural_graphics?" in done.stderr
    assert not Path(tmp_path / "results").exists()
