"""Observers of a run write files and draw progress bars while it goes on."""

from checkkit.runner.results import CheckResult

from .result import SubmissionResult


class Observer:
    """Called at each step of a run, and does nothing; override what matters."""

    def begin(self, graded: SubmissionResult) -> None:
        """A submission is about to be judged."""

    def check(self, graded: SubmissionResult, name: str) -> None:
        """One of its checks starts."""

    def result(self, graded: SubmissionResult, check: CheckResult) -> None:
        """A check has ended, perhaps not for the first time; it is in `graded.results`."""

    def finish(self, graded: SubmissionResult) -> None:
        """The submission is done."""


class Observers(Observer):
    """Calls each of several, in order."""

    def __init__(self, *observers: Observer):
        self._observers = observers

    def begin(self, graded: SubmissionResult) -> None:
        for observer in self._observers:
            observer.begin(graded)

    def check(self, graded: SubmissionResult, name: str) -> None:
        for observer in self._observers:
            observer.check(graded, name)

    def result(self, graded: SubmissionResult, check: CheckResult) -> None:
        for observer in self._observers:
            observer.result(graded, check)

    def finish(self, graded: SubmissionResult) -> None:
        for observer in self._observers:
            observer.finish(graded)
