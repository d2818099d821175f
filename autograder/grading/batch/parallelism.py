"""The default number of processes that run at once."""

from pathlib import Path

from checkkit.runner.machine import GROUPS, OWN, memory, processors

GIB = 2**30
GRADING = 3 * GIB  # a judge, two workers and one of the next submission, with CUDA's libraries
FORKED = 1 * GIB  # a judge without a sandbox; half of that was measured without training


def jobs_here(each: int, groups: Path = GROUPS, own: Path = OWN) -> int:
    """As many as the processors and the memory of this process allow: at least one.

    Args:
        each: bytes of memory that one job may need.
        groups: the folder of the control groups, which limit both in containers.
        own: the file that names the group of this process.
    """
    return max(1, min(int(processors(groups, own)), memory(groups, own) // each))
