"""Writes everything as it becomes known: being killed loses at most the check that was running."""

import time
from pathlib import Path
from typing import Self

from autograder.judge.graded import Graded
from autograder.judge.listening import Listener
from tests.report.figures import Picture, thumbnail
from tests.seam.results import Images

from .files import write_whole
from .gradebook import grades_csv
from .gradescope import results_json
from .overview import overview_page
from .student import student_page

SECONDS_BETWEEN_OVERVIEWS = 5.0


class Recorder(Listener):
    """The files below one folder of results; `published` shows students what they may see then.

    Raises:
        ValueError: the folder cannot be made.
    """

    def __init__(self, folder: Path, published: bool = False):
        self._folder, self._published = folder, published
        self._submissions: list[Graded] = []
        self._thumbnails: dict[str, Picture] = {}
        self._overview_at = time.monotonic()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"--output {folder}: {error.strerror}; name a folder that can be written"
            raise ValueError(problem) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The run is over, whether it was finished or interrupted."""
        self._write_overview()

    @property
    def overview(self) -> Path:
        """Where the page for staff lies."""
        return self._folder / "index.html"

    def begin(self, graded: Graded) -> None:
        """Replace what an earlier run left of this submission."""
        self._submissions.append(graded)
        self._place(graded).mkdir(exist_ok=True)
        (self._place(graded) / "report.html").unlink(missing_ok=True)
        self.result(graded)

    def result(self, graded: Graded) -> None:
        write_whole(self._place(graded) / "results.json", results_json(graded))

    def finish(self, graded: Graded) -> None:
        """Write its report and the pages over all; then let go of its pictures: they weigh most."""
        self.result(graded)
        write_whole(self._place(graded) / "report.html", student_page(graded, self._published))
        exhibits = [exhibit for result in graded.results.values() for exhibit in result.exhibits]
        grids = [shown for shown in exhibits if isinstance(shown, Images) and shown.samples]
        if grids:
            self._thumbnails[graded.name] = thumbnail(max(grids, key=lambda grid: len(grid.images)))
        for result in graded.results.values():
            result.exhibits = []
        write_whole(self._folder / "grades.csv", grades_csv(self._submissions))
        if time.monotonic() - self._overview_at > SECONDS_BETWEEN_OVERVIEWS:
            self._write_overview()

    def _write_overview(self) -> None:
        write_whole(self.overview, overview_page(self._submissions, self._thumbnails))
        self._overview_at = time.monotonic()

    def _place(self, graded: Graded) -> Path:
        return self._folder / graded.name
