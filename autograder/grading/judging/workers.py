"""The two workers of a submission: one for the visible checks, one for the hidden ones."""

from pathlib import Path

import pytest

from autograder.grading.sandbox import Isolation, SandboxedRunner
from autograder.grading.sandbox.resources.limits import MIB
from checkkit.runner.machine import memory
from checkkit.runner.names import Names

from .checks import is_hidden

SCARCE = 1536 * MIB  # a judge, a worker that trains and an idle one hold 800


class Workers:
    """Starts one worker after the other, and waits for neither: side by side they would slow the
    checks that run meanwhile.

    What a hidden probe looks like never reaches the worker that answers visible ones, whose
    messages students read. Without `hidden` checks the second one starts only if one asks for it.
    Where memory is scarce, as in a small container, there is only one of the two at a time.
    """

    def __init__(
        self, folder: Path, isolation: Isolation, hidden: bool = True, names: Names | None = None
    ):
        self._alone = memory() < SCARCE
        self._expected = hidden and not self._alone
        self.visible = SandboxedRunner(folder, isolation, label="visible", names=names)
        self.hidden = SandboxedRunner(folder, isolation, label="hidden", names=names)
        self.visible.start()

    def advance(self) -> bool:
        """Start the second worker once the first has started; whether all have."""
        if not self.visible.ready() or not self._expected:
            return self.visible.ready()
        self.hidden.start()
        return self.hidden.ready()

    def runner_for(self, item: pytest.Item) -> SandboxedRunner:
        """The runner of a check; `CheckSession.runner_for`."""
        wanted, other = self.visible, self.hidden
        if is_hidden(item):
            wanted, other = other, wanted
        if self._alone:
            other.close()
        return wanted

    def close(self) -> None:
        """End both workers and all that they started."""
        try:
            self.visible.close()
        finally:
            self.hidden.close()
