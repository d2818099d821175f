"""The two workers of a submission: one for the visible checks, one for the hidden ones."""

from pathlib import Path

import pytest

from autograder.sandbox import Isolation, SandboxedRunner

from .checks import is_hidden


class Workers:
    """Starts both workers at once, without waiting for either.

    What a hidden probe looks like never reaches the worker that answers visible ones, whose
    messages students read.
    """

    def __init__(self, folder: Path, isolation: Isolation):
        self.visible = SandboxedRunner(folder, isolation, label="visible")
        self.hidden = SandboxedRunner(folder, isolation, label="hidden")
        self.visible.start()
        self.hidden.start()

    def runner_for(self, item: pytest.Item) -> SandboxedRunner:
        """The runner of a check; `CheckSession.runner_for`."""
        return self.hidden if is_hidden(item) else self.visible

    def close(self) -> None:
        """End both workers and all that they started."""
        try:
            self.visible.close()
        finally:
            self.hidden.close()
