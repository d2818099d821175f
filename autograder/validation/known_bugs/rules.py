"""What must hold between the entries and the solution, the tasks and the checks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import REPOSITORY
from autograder.config.reading import Problem
from autograder.grading.judging.checks import CheckInfo
from checkkit.runner.session import is_named

from .apply import stale_edits
from .entries import Entries, KnownBug

# Task that students see -> tasks with further checks of the same code.
SAME_CODE = {
    "unet": ("hidden_unets",),
    "time_unet": ("hidden_unets",),
    "class_unet": ("hidden_unets", "class_behaviour"),
    "schedule": ("hidden_schedule",),
    "forward": ("hidden_forward",),
    "sample": ("hidden_sample",),
    "cfg_forward": ("hidden_guidance",),
    "cfg_sample": ("hidden_guidance",),
    "ddim": ("hidden_ddim",),
    "ddim_cfg": ("hidden_ddim",),
    "flow": ("hidden_flow",),
    "flow_sample": ("hidden_flow",),
    "flow_cfg": ("hidden_flow",),
    "flow_cfg_sample": ("hidden_flow",),
    "fid": ("hidden_metrics",),
    "memorization": ("hidden_metrics",),
    "better_unet": ("hidden_better_unet",),
    "edm_precondition": ("hidden_edm",),
    "edm_loss": ("hidden_edm",),
    "edm_sample": ("hidden_edm",),
    "editing_noise": ("hidden_editing",),
    "editing_one_step": ("hidden_editing",),
    "editing_denoise": ("hidden_editing",),
    "editing_cfg": ("hidden_editing", "editing_results"),
    "editing_sdedit": ("hidden_sdedit", "editing_results"),
    "editing_inpaint": ("hidden_inpaint", "editing_results"),
    "editing_anagram": ("hidden_illusions", "editing_results"),
    "editing_hybrid": ("hidden_illusions",),
    "train_ddpm": ("hidden_training",),
    "train_ddpm_cfg": ("hidden_training",),
}


def tasks_of(bug: KnownBug) -> set[str]:
    """The tasks that a bug may cost: its own, and those with further checks of the same code."""
    return {*bug.task, *(more for task in bug.task for more in SAME_CODE.get(task, ()))}


def named_check(bug: KnownBug, checks: Sequence[CheckInfo]) -> CheckInfo:
    """The check that must kill it.

    Raises:
        LookupError: no check of its tasks has this name, or several have.
    """
    name, own = bug.killed_by, tasks_of(bug)
    fitting = [
        check
        for check in checks
        if check.task in own and name in (check.name, check.name.partition("::")[2], check.function)
    ]
    if not fitting:
        tasks = ", ".join(sorted(own))
        raise LookupError(f"no check of {tasks} is named {name}; name the one that must fail here")
    if len(fitting) > 1:
        choice = " or ".join(check.name for check in fitting)
        raise LookupError(f"{len(fitting)} checks fit {name}; write {choice}")
    return fitting[0]


def broken_rules(
    entries: Entries, course: Course, checks: Sequence[CheckInfo], root: Path = REPOSITORY.root
) -> Iterator[Problem]:
    """Every entry that cannot be run, and what to do about it."""
    for entry in entries.all:
        for field, advice in stale_edits(entry, root):
            yield entries.problem(entry, field, advice)
    for bug in entries.bugs:
        if unknown := [task for task in bug.task if task not in course.known_tasks]:
            for task in unknown:
                advice = f"grading.yaml has no auto task {task}; name one that checks grade"
                yield entries.problem(bug, "task", advice)
            continue
        for name in bug.only or ():
            if not any(is_named(check.name, [name]) for check in checks):
                yield entries.problem(
                    bug, "only", f"there is no check {name}; name one that exists"
                )
        try:
            named_check(bug, checks)
        except LookupError as error:
            yield entries.problem(bug, "killed_by", str(error))
