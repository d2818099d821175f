"""Writes everything as it becomes known: being killed loses at most the check that was running."""

from pathlib import Path
from typing import Self

from autograder.judge.graded import Graded
from autograder.judge.listening import Listener

from .files import write_whole
from .gradebook import grades_csv
from .gradescope import results_json

SECONDS_BETWEEN_OVERVIEWS = 5.0


class Recorder(Listener):
    """The files below one folder of results; `published` shows students what they may see then."""

    def __init__(self, folder: Path, published: bool = False):
        self._folder, self._published = folder, published
        self._submissions: list[Graded] = []
        self._written = 0.0
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def overview(self) -> Path:
        """Where the page for staff lies."""
        return self._folder / "index.html"

    def begin(self, graded: Graded) -> None:
        """A submission is about to be judged; what an earlier run left of it is replaced."""
        self._submissions.append(graded)
        self._place(graded).mkdir(exist_ok=True)
        (self._place(graded) / "report.html").unlink(missing_ok=True)
        self.result(graded)

    def result(self, graded: Graded) -> None:
        """A check has ended."""
        write_whole(self._place(graded) / "results.json", results_json(graded))

    def finish(self, graded: Graded) -> None:
        """A submission is done: its report, and the pages over all of them."""
        self.result(graded)
        write_whole(self._folder / "grades.csv", grades_csv(self._submissions))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The run is over, whether it was finished or interrupted."""

    def _place(self, graded: Graded) -> Path:
        return self._folder / graded.name
