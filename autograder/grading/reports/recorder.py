"""Writes all files of a run; if it is killed, at most the check that was running is lost.

A submission's own files are written when it is finished. The pages over all submissions are
written from time to time, less often the longer that takes, and at the end, however a run ends. But
they never lose a row of an earlier run that this one has not come to yet: until then, they stay.
"""

import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from autograder.config.files import write_whole
from autograder.grading.gradebook.adjustments import Adjustments
from autograder.grading.gradebook.canvas import canvas_csv, left_out
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, SubmissionGrades, grades_of
from autograder.grading.gradebook.grades_csv import Row, grades_csv, rows_of, students_in
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.result import SubmissionResult
from checkkit.report.figures import Picture, thumbnail
from checkkit.report.page import draw_all
from checkkit.runner.results import CheckResult, Images
from checkkit.text import defused

from .index_page import index_page
from .instructor import instructor_page
from .results_json import results_json
from .student import student_page

SECONDS_BETWEEN = 5.0  # at least, between two updates of the pages over all submissions
SHARE = 0.05  # of the time of a run, at most, goes into them
FORMATS = ("plain", "canvas")
RESULTS, GRADES, CANVAS = "results.json", "grades.csv", "canvas.csv"
PAGES = ("report.html", "instructor.html")


class Recorder(Observer, AbstractContextManager):
    """The files below one folder of results.

    Args:
        published: reports show what students may see after publication.
        adjustments: manual scores, overrides, extensions and times.
        formats: plain is grades.csv, which is always written; canvas is canvas.csv.
        partial: canvas.csv has the totals of what was judged.
        keys: those of the rows that the run will have, see `keys_of`.

    Raises:
        ValueError: the folder cannot be made or written, or a format does not exist.
        BadTable: grades.csv of an earlier run cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        published: bool = False,
        adjustments: Adjustments = NO_ADJUSTMENTS,
        formats: Sequence[str] = ("plain",),
        partial: bool = False,
        keys: Collection[str] = (),
    ):
        self._partial = partial
        before = students_in(folder / GRADES)
        self._awaited = {key for key in keys if defused(key) in before}
        self._folder, self._published = folder, published
        self._adjustments, self._formats = adjustments, tuple(formats)
        self._running: dict[str, SubmissionResult] = {}
        self._finished: dict[str, SubmissionGrades] = {}
        self._not_before = time.monotonic() + SECONDS_BETWEEN
        for name in self._formats:
            if name not in FORMATS:
                raise ValueError(f"--format {name}: choose from {', '.join(FORMATS)}")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass  # permissions alone do not say whether the disk can be written
        except OSError as error:
            problem = f"--output {folder}: {error.strerror}; choose a folder that can be written"
            raise ValueError(problem) from None

    def __exit__(self, *_: object) -> None:
        """The run has ended or was interrupted."""
        for result in list(self._running.values()):
            self.finish(result)
        self._write_over_all()

    @property
    def overview(self) -> Path:
        """The path of the page for staff."""
        return self._folder / "index.html"

    def begin(self, result: SubmissionResult) -> None:
        """Replace what an earlier run wrote about this submission."""
        self._running[result.name] = result
        folder = self._folder / result.name
        folder.mkdir(exist_ok=True)
        for name in PAGES:
            (folder / name).unlink(missing_ok=True)
        self._write_results(grades_of(result, self._adjustments))

    def result(self, result: SubmissionResult, check: CheckResult) -> None:
        self._write_results(grades_of(result, self._adjustments))

    def finish(self, result: SubmissionResult) -> None:
        """Write its files and, from time to time, the pages over all submissions.

        Its pictures are deleted afterwards, because they need most of the memory.
        """
        self._running[result.name] = result  # until all is written, however often it is interrupted
        grades = grades_of(result, self._adjustments)
        folder = self._folder / result.name
        folder.mkdir(exist_ok=True)
        complete = all((folder / name).exists() for name in PAGES)
        if result.fresh or not complete or not self._written(grades):
            pictures = {name: draw_all(check) for name, check in result.results.items()}
            report = student_page(grades, self._published, pictures)
            write_whole(folder / "report.html", report)
            write_whole(folder / "instructor.html", instructor_page(grades, pictures))
            self._write_results(grades)  # last: it tells `_written` that the pages are new
        self._finished[result.name] = replace(grades, thumbnail=_thumbnail(result))
        del self._running[result.name]
        for check in result.results.values():
            check.exhibits = []
        if time.monotonic() >= self._not_before:
            self._write_over_all()

    @property
    def not_in_canvas(self) -> dict[str, list[str]]:
        """The rows that are missing in canvas.csv, by the reason, if it is written."""
        return left_out(self.rows, self._partial) if "canvas" in self._formats else {}

    @property
    def rows(self) -> list[Row]:
        """The rows of the gradebook so far."""
        return rows_of(self._finished.values())

    @property
    def keeps_tables(self) -> bool:
        """The pages over all submissions are those of an earlier run, which has more rows."""
        return not self._awaited <= {row.key for row in self.rows}

    def _written(self, grades: SubmissionGrades) -> bool:
        """Whether results.json says the same already."""
        path = self._folder / grades.result.name / RESULTS
        text = results_json(grades, self._published)
        return path.exists() and path.read_text(encoding="utf-8") == text

    def _write_results(self, grades: SubmissionGrades) -> None:
        path = self._folder / grades.result.name / RESULTS
        write_whole(path, results_json(grades, self._published))

    def _write_over_all(self) -> None:
        """Write the pages over all submissions, or let those of an earlier run stay."""
        start = time.monotonic()
        if not (submissions := list(self._finished.values())) or self.keeps_tables:
            return
        rows = rows_of(submissions)
        write_whole(self._folder / GRADES, grades_csv(rows))
        if "canvas" in self._formats:
            write_whole(self._folder / CANVAS, canvas_csv(rows, self._partial))
        missing = left_out(rows, self._partial) if "canvas" in self._formats else None
        write_whole(self.overview, index_page(submissions, missing))
        end = time.monotonic()
        self._not_before = end + max(SECONDS_BETWEEN, (end - start) / SHARE)


def _thumbnail(result: SubmissionResult) -> Picture | None:
    """The largest grid of images that a trained model drew."""
    exhibits = [exhibit for check in result.results.values() for exhibit in check.exhibits]
    grids = [exhibit for exhibit in exhibits if isinstance(exhibit, Images) and exhibit.samples]
    return thumbnail(max(grids, key=lambda grid: len(grid.images))) if grids else None
