"""A bound on what the replies of a submission can make the judge compute."""

import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from checkkit.runner.outcomes import ProtocolBroken


@dataclass(frozen=True)
class ComputingLimit:
    """A plugin for pytest: each check may compute for so many seconds of CPU time in the judge.

    Waiting for a worker does not count.
    """

    seconds: float = 60.0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """Run a check; it ends with `ProtocolBroken` if it computes for too long."""
        if threading.current_thread() is not threading.main_thread():
            return (yield)  # only the main thread receives signals
        before = signal.signal(signal.SIGPROF, self._stop)
        signal.setitimer(signal.ITIMER_PROF, self.seconds, 1)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def _stop(self, *_: object) -> None:
        raise ProtocolBroken(
            f"what your code returned takes more than {self.seconds:g} seconds to check"
        )
