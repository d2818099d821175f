"""Faults of the sandbox itself; never the submission's."""


class SandboxError(RuntimeError):
    """The sandbox does not work as it should."""


class IsolationUnavailable(SandboxError):
    """This isolation cannot be had on this machine; the message says why."""
