"""The solution and the starter, on few digits."""

from autograder.tests.support.training import (
    command,
    diffusion,
    folder_of,
    imported,
    one_thread,
    solution,
)

__all__ = ["command", "diffusion", "folder_of", "imported", "one_thread", "solution"]
