"""Who hears how a run goes on: files are written and bars drawn by listeners."""

from .result import SubmissionResult


class Listener:
    """Hears of everything and does nothing; override what matters."""

    def begin(self, graded: SubmissionResult) -> None:
        """A submission is about to be judged."""

    def check(self, graded: SubmissionResult, name: str) -> None:
        """One of its checks starts."""

    def result(self, graded: SubmissionResult) -> None:
        """A check has ended: the last of `graded.results`."""

    def finish(self, graded: SubmissionResult) -> None:
        """The submission is done."""


class Listeners(Listener):
    """Tells each of several, in order."""

    def __init__(self, *listeners: Listener):
        self._listeners = listeners

    def begin(self, graded: SubmissionResult) -> None:
        for listener in self._listeners:
            listener.begin(graded)

    def check(self, graded: SubmissionResult, name: str) -> None:
        for listener in self._listeners:
            listener.check(graded, name)

    def result(self, graded: SubmissionResult) -> None:
        for listener in self._listeners:
            listener.result(graded)

    def finish(self, graded: SubmissionResult) -> None:
        for listener in self._listeners:
            listener.finish(graded)
