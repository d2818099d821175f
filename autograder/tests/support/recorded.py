"""A batch on the disk, and the page over five hundred submissions."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from autograder.grading.gradebook.grades import SubmissionGrades, grades_of
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.reports.index_page import index_page
from autograder.grading.reports.recorder import Recorder
from checkkit.report.figures import thumbnail

from .graded_class import graded_class


@dataclass(frozen=True)
class Batch:
    """What a run left in a folder."""

    folder: Path
    submissions: list[SubmissionResult]

    def text(self, *names: str) -> str:
        return self.folder.joinpath(*names).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Twenty-four submissions, every second one with a hostile name, recorded to the end."""
    folder, submissions = tmp_path_factory.mktemp("results"), graded_class(24, nasty_every=2)
    with Recorder(folder, formats=("plain", "canvas")) as recorder:
        for graded in submissions:
            recorder.begin(graded)
            recorder.finish(graded)
    return Batch(folder, submissions)


def recorded(result: SubmissionResult) -> SubmissionGrades:
    """What the recorder keeps of a submission."""
    exhibits = [shown for check in result.results.values() for shown in check.exhibits]
    return replace(grades_of(result), thumbnail=thumbnail(exhibits[0]) if exhibits else None)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SubmissionGrades]]:
    """index.html over five hundred submissions."""
    submissions = [recorded(result) for result in graded_class(500)]
    path = tmp_path_factory.mktemp("many") / "index.html"
    path.write_text(index_page(submissions), encoding="utf-8")
    return path, submissions
