"""Faults of the sandbox itself; never the submission's."""

from checkkit.runner.outcomes import Outcome


class SandboxError(RuntimeError):
    """The sandbox does not work as it should; never the submission's fault."""

    outcome = Outcome.GRADER_ERROR


class IsolationUnavailable(SandboxError):
    """This isolation cannot be had on this machine; the message says why."""
