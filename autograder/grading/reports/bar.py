"""The progress of a batch: how much is done, what is running, and the time left."""

from collections import Counter

from autograder.grading.gradebook.adjustments import Adjustments
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, grades_of
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.result import SubmissionResult
from autograder.progress import Progress
from checkkit.points import with_bonus, written
from checkkit.runner.results import CheckResult

# Seconds that a check takes, as long as none has ended yet.
QUICK, TRAINING = 0.1, 20.0


class Bar(Observer):
    """Updates a progress bar, in seconds of work: a check counts as much as it takes."""

    def __init__(
        self,
        progress: Progress,
        submissions: int,
        checks: tuple[CheckInfo, ...],
        adjustments: Adjustments = NO_ADJUSTMENTS,
    ):
        self._progress, self._adjustments = progress, adjustments
        self._all = self._left = submissions
        self._seconds = {c.name: TRAINING if c.training else QUICK for c in checks}
        self._done = 0.0
        self._running: dict[str, SubmissionResult] = {}
        self._ended: Counter[str] = Counter()

    def begin(self, result: SubmissionResult) -> None:
        self._running[result.name] = result

    def check(self, result: SubmissionResult, name: str) -> None:
        self._show(f"{result.name}: {name.partition('::')[2].removeprefix('test_')}")

    def result(self, result: SubmissionResult, check: CheckResult) -> None:
        self._seconds[check.check] = max(check.seconds, 0.001)
        self._show(None)

    def finish(self, result: SubmissionResult) -> None:
        self._running.pop(result.name, None)
        self._left -= 1
        if result.problem:
            status = "not gradable"
        elif not result.fresh:
            status = "unchanged"
        else:
            status = "for a person" if result.urgent else "graded"
        self._ended[status] += 1
        if result.fresh:
            self._done += self._work(result)
            grade = grades_of(result, self._adjustments).shared
            earned = with_bonus(grade.total, grade.bonus)
            total = result.problem or f"{earned} / {written(grade.possible)}"
            place = f"[{self._all - self._left}/{self._all}] " if self._all > 1 else ""
            self._progress.line(f"{place}{result.name}: {total} ({result.seconds:.1f} s)")
        self._show(None)

    def _show(self, doing: str | None) -> None:
        done = self._done + sum(map(self._work, self._running.values()))
        total = self._done + self._left * sum(self._seconds.values())
        if doing is not None and self._all > 1:
            ended = ", ".join(f"{count} {word}" for word, count in self._ended.items())
            doing = f"{self._all - self._left} of {self._all}{ended and f' ({ended})'}; {doing}"
        self._progress.update(done=done, total=max(done, total), doing=doing)

    def _work(self, result: SubmissionResult) -> float:
        return sum(self._seconds.get(name, 0.0) for name in result.results)
