"""What holds between mutants and the solution, the tasks and the checks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import REPOSITORY
from autograder.config.reading import Problem
from autograder.grading.judging.checks import Check

from .apply import stale_edits
from .entries import Entries, Mutant

# What students see -> where the further checks of the same code are.
TWINS = {
    "unet": ("hidden_unets",),
    "time_unet": ("hidden_unets",),
    "class_unet": ("hidden_unets", "class_behaviour"),
    "schedule": ("hidden_schedule",),
    "forward": ("hidden_forward",),
    "sample": ("hidden_sample",),
    "cfg_forward": ("hidden_guidance",),
    "cfg_sample": ("hidden_guidance",),
    "train_ddpm": ("hidden_training",),
    "train_ddpm_cfg": ("hidden_training",),
}


def owners(mutant: Mutant) -> set[str]:
    """The tasks that a mutant may cost: its own, and those with further checks of the same code."""
    return {*mutant.task, *(twin for task in mutant.task for twin in TWINS.get(task, ()))}


def named_check(mutant: Mutant, checks: Sequence[Check]) -> Check:
    """The check that must kill it.

    Raises:
        LookupError: no check of its tasks has this name, or several have.
    """
    name, own = mutant.killed_by, owners(mutant)
    fitting = [
        check
        for check in checks
        if check.task in own and name in (check.name, check.name.partition("::")[2], check.function)
    ]
    if not fitting:
        tasks = ", ".join(sorted(own))
        raise LookupError(f"no check of {tasks} is named {name}; name the one that must see this")
    if len(fitting) > 1:
        choice = " or ".join(check.name for check in fitting)
        raise LookupError(f"{len(fitting)} checks fit {name}; write {choice}")
    return fitting[0]


def broken_rules(
    entries: Entries, course: Course, checks: Sequence[Check], root: Path = REPOSITORY.root
) -> Iterator[Problem]:
    """Every entry that cannot be run as it stands, and what to do about it."""
    for entry in entries.all:
        for field, advice in stale_edits(entry, root):
            yield entries.problem(entry, field, advice)
    for mutant in entries.mutants:
        unknown = [task for task in mutant.task if task not in course.known_tasks]
        for task in unknown:
            advice = f"grading.yaml has no auto task {task}; name one that checks grade"
            yield entries.problem(mutant, "task", advice)
        if not unknown:
            try:
                named_check(mutant, checks)
            except LookupError as error:
                yield entries.problem(mutant, "killed_by", str(error))
