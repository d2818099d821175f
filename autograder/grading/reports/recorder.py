"""Writes everything as it becomes known: being killed loses at most the check that was running.

A submission's own files are written when it is finished. The pages over all are written now and
then, the seldomer the longer it takes, and at the end, however a run ends.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from autograder.config.files import write_whole
from autograder.grading.gradebook.adjustments import Adjustments
from autograder.grading.gradebook.canvas import canvas_csv, left_out
from autograder.grading.gradebook.grades import SubmissionGrades, grades_of
from autograder.grading.gradebook.grades_csv import grades_csv
from autograder.grading.gradebook.rows import rows_of
from autograder.grading.judging.observers import Listener
from autograder.grading.judging.result import SubmissionResult
from checkkit.report.figures import Picture, thumbnail
from checkkit.report.page import draw_all
from checkkit.runner.results import Images

from .gradescope import results_json
from .index_page import overview_page
from .instructor import instructor_page
from .student import student_page

SECONDS_BETWEEN = 5.0  # at least, between two writings of the pages over all
SHARE = 0.05  # of the time of a run, at most, goes into them
FORMATS = ("plain", "canvas")


class Recorder(Listener):
    """The files below one folder of results.

    Args:
        published: reports show students what they may see then.
        adjustments: what people have said about points and dates.
        formats: plain is grades.csv, which is always written; canvas is canvas.csv.

    Raises:
        ValueError: the folder cannot be made, or there is no such format.
    """

    def __init__(
        self,
        folder: Path,
        published: bool = False,
        adjustments: Adjustments | None = None,
        formats: Sequence[str] = ("plain",),
    ):
        self._folder, self._published = folder, published
        self._adjustments, self._formats = adjustments, tuple(formats)
        self._running: dict[str, SubmissionResult] = {}
        self._entries: dict[str, SubmissionGrades] = {}
        self._not_before = time.monotonic() + SECONDS_BETWEEN
        for name in self._formats:
            if name not in FORMATS:
                raise ValueError(f"--format {name}: there are {', '.join(FORMATS)}")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"--output {folder}: {error.strerror}; name a folder that can be written"
            raise ValueError(problem) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The run is over, whether it was finished or interrupted."""
        for graded in list(self._running.values()):
            self.finish(graded)
        self._write_over_all()

    @property
    def overview(self) -> Path:
        """Where the page for staff lies."""
        return self._folder / "index.html"

    def begin(self, graded: SubmissionResult) -> None:
        """Replace what an earlier run left of this submission."""
        self._running[graded.name] = graded
        self._place(graded).mkdir(exist_ok=True)
        for name in ("report.html", "instructor.html"):
            (self._place(graded) / name).unlink(missing_ok=True)
        self.result(graded)

    def result(self, graded: SubmissionResult) -> None:
        self._write_results(graded, grades_of(graded, self._adjustments))

    def finish(self, graded: SubmissionResult) -> None:
        """Write its files and, now and then, the pages over all; let go of its pictures, which
        weigh most."""
        self._running.pop(graded.name, None)
        marks = grades_of(graded, self._adjustments)
        self._place(graded).mkdir(exist_ok=True)
        if self._write_results(graded, marks) or graded.fresh or not self._has_pages(graded):
            self._write_pages(graded, marks)
        self._entries[graded.name] = replace(marks, thumbnail=_thumbnail(graded))
        for result in graded.results.values():
            result.exhibits = []
        if time.monotonic() >= self._not_before:
            self._write_over_all()

    @property
    def not_in_canvas(self) -> int:
        """How many rows canvas.csv lacks, if it is written."""
        return left_out(rows_of(list(self._entries.values()))) if "canvas" in self._formats else 0

    # ---------------------------------------------------------------------------- one submission

    def _place(self, graded: SubmissionResult) -> Path:
        return self._folder / graded.name

    def _has_pages(self, graded: SubmissionResult) -> bool:
        return all((self._place(graded) / f"{n}.html").exists() for n in ("report", "instructor"))

    def _write_results(self, graded: SubmissionResult, marks: SubmissionGrades) -> bool:
        """Write results.json; whether that says something new."""
        path = self._place(graded) / "results.json"
        text = results_json(graded, marks, self._published)
        if not graded.fresh and path.exists() and path.read_text(encoding="utf-8") == text:
            return False
        write_whole(path, text)
        return True

    def _write_pages(self, graded: SubmissionResult, marks: SubmissionGrades) -> None:
        drawn = {name: draw_all(result) for name, result in graded.results.items()}
        place = self._place(graded)
        write_whole(place / "report.html", student_page(graded, self._published, marks, drawn))
        write_whole(place / "instructor.html", instructor_page(graded, marks, drawn))

    # ------------------------------------------------------------------------------ over all

    def _write_over_all(self) -> None:
        start = time.monotonic()
        entries = list(self._entries.values())
        rows = rows_of(entries)
        write_whole(self._folder / "grades.csv", grades_csv(rows))
        if "canvas" in self._formats:
            write_whole(self._folder / "canvas.csv", canvas_csv(rows))
        write_whole(self.overview, overview_page(entries, self._formats))
        now = time.monotonic()
        self._not_before = now + max(SECONDS_BETWEEN, (now - start) / SHARE)


def _thumbnail(graded: SubmissionResult) -> Picture | None:
    """The largest grid of what a trained model drew."""
    exhibits = [exhibit for result in graded.results.values() for exhibit in result.exhibits]
    grids = [shown for shown in exhibits if isinstance(shown, Images) and shown.samples]
    return thumbnail(max(grids, key=lambda grid: len(grid.images))) if grids else None
