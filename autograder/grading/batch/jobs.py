"""How many processes to run at once where nobody says it."""

from pathlib import Path

from checkkit.runner.machine import GROUPS, OWN, memory, processors

GIB = 2**30
GRADING = 3 * GIB  # a judge, two workers, and the next submission's, where torch brings CUDA
FORKED = 1 * GIB  # a judge without a sandbox; half of that was measured, without training


def jobs_here(each: int, groups: Path = GROUPS, own: Path = OWN) -> int:
    """As many as this process has processors for, and memory: at least one.

    Args:
        each: bytes of memory that one job may need.
        groups: where the control groups are, which bound both in containers.
        own: the file that names the group of this process.
    """
    return max(1, min(int(processors(groups, own)), memory(groups, own) // each))
